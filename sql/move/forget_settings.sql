-- name: forget_settings(account_id)
-- Removes, at the new placement, what an earlier try or an earlier stay has left of an account's settings. Integrations
-- stay, because earlier runs list what they have received.
WITH call_settings AS (DELETE FROM tracking.call_settings WHERE account_id = :account_id),
watermark AS (DELETE FROM redaction.watermarks WHERE account_id = :account_id),
failure AS (DELETE FROM redaction.collect_failures WHERE account_id = :account_id),
rules AS (DELETE FROM tracking.notification_rules WHERE account_id = :account_id),
deliveries AS (DELETE FROM tracking.deliveries WHERE account_id = :account_id),
texts AS (DELETE FROM redaction.text_decisions WHERE account_id = :account_id),
names AS (DELETE FROM redaction.common_names WHERE account_id = :account_id),
stores AS (DELETE FROM redaction.stores WHERE account_id = :account_id)
DELETE FROM tracking.account_users WHERE account_id = :account_id
