-- name: forget_rest(account_id)
-- Removes what is left of an account that has moved: reports, marks, deliveries, stores, decisions on texts,
-- administrators. Its runs and their ledger rows stay: they are evidence of what was done here.
WITH by_source AS (DELETE FROM reporting.activity_by_source WHERE account_id = :account_id),
by_number AS (DELETE FROM reporting.activity_by_number WHERE account_id = :account_id),
by_status AS (DELETE FROM reporting.activity_by_status WHERE account_id = :account_id),
by_hour AS (DELETE FROM reporting.activity_by_hour WHERE account_id = :account_id),
flow AS (DELETE FROM reporting.call_flow WHERE account_id = :account_id),
sessions AS (DELETE FROM reporting.sessions WHERE account_id = :account_id),
tags AS (DELETE FROM reporting.tags WHERE account_id = :account_id),
{% if own | selectattr("retained") | list %}
own_fields AS (DELETE FROM reporting.activity_by_own_field WHERE account_id = :account_id),
{% endif %}
contacts AS (DELETE FROM reporting.contacts WHERE account_id = :account_id),
texts AS (DELETE FROM redaction.text_decisions WHERE account_id = :account_id),
names AS (DELETE FROM redaction.common_names WHERE account_id = :account_id),
undecided AS (DELETE FROM redaction.undecided_texts WHERE account_id = :account_id),
deliveries AS (DELETE FROM tracking.deliveries WHERE account_id = :account_id),
stores AS (DELETE FROM redaction.stores WHERE account_id = :account_id),
users AS (DELETE FROM tracking.account_users WHERE account_id = :account_id)
DELETE FROM reporting.stale_days WHERE account_id = :account_id
