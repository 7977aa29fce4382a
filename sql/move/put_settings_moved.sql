-- name: put_settings_moved(account_id, settings, run_id)
-- Gives an arriving account its settings, after `forget_settings`; an integration with a known name gets the account's
-- present fields.
WITH given AS (SELECT CAST(:settings AS jsonb) AS all_of),
users AS (
    INSERT INTO tracking.account_users
    SELECT r.* FROM given, jsonb_populate_recordset(NULL::tracking.account_users, all_of -> 'account_users') r
),
call_settings AS (
    INSERT INTO tracking.call_settings
    SELECT r.* FROM given, jsonb_populate_recordset(NULL::tracking.call_settings, all_of -> 'call_settings') r
),
rules AS (
    INSERT INTO tracking.notification_rules (account_id, name, fields)
    SELECT r.account_id, r.name, r.fields
    FROM given, jsonb_populate_recordset(NULL::tracking.notification_rules, all_of -> 'notification_rules') r
),
known AS (
    UPDATE tracking.integrations t SET fields = r.fields
    FROM given, jsonb_populate_recordset(NULL::tracking.integrations, all_of -> 'integrations') r
    WHERE t.account_id = :account_id AND t.name = r.name
),
integrations AS (
    INSERT INTO tracking.integrations (account_id, name, fields)
    SELECT r.account_id, r.name, r.fields
    FROM given, jsonb_populate_recordset(NULL::tracking.integrations, all_of -> 'integrations') r
    WHERE NOT EXISTS (SELECT FROM tracking.integrations t WHERE t.account_id = :account_id AND t.name = r.name)
),
texts AS (
    INSERT INTO redaction.text_decisions
    SELECT r.* FROM given, jsonb_populate_recordset(NULL::redaction.text_decisions, all_of -> 'text_decisions') r
),
keys AS (
    INSERT INTO redaction.text_keys
    SELECT r.* FROM given, jsonb_populate_recordset(NULL::redaction.text_keys, all_of -> 'text_keys') r
    ON CONFLICT (account_id) DO UPDATE SET key = excluded.key
),
names AS (
    INSERT INTO redaction.common_names
    SELECT r.* FROM given, jsonb_populate_recordset(NULL::redaction.common_names, all_of -> 'common_names') r
),
stores AS (
    INSERT INTO redaction.stores (name, prefix, connection, mode, account_id, template, method, body)
    SELECT r.name, r.prefix, r.connection, r.mode, r.account_id, r.template, r.method, r.body
    FROM given, jsonb_populate_recordset(NULL::redaction.stores, all_of -> 'stores') r
    ON CONFLICT (name) DO NOTHING
),
watermark AS (
    INSERT INTO redaction.watermarks (account_id, complete_before)
    SELECT :account_id, (all_of ->> 'watermark')::date FROM given WHERE all_of ->> 'watermark' IS NOT NULL
),
forgotten AS (
    INSERT INTO redaction.forgotten (account_id, activity_id, run_id)
    SELECT :account_id, i.id::bigint, :run_id FROM given, jsonb_array_elements_text(all_of -> 'forgotten') AS i (id)
    ON CONFLICT DO NOTHING
)
INSERT INTO redaction.forgotten_before (account_id, before, run_id, recordings_before)
SELECT :account_id, (all_of ->> 'forgotten_before')::timestamptz, :run_id, (all_of ->> 'recordings_before')::timestamptz
FROM given
WHERE all_of ->> 'forgotten_before' IS NOT NULL
ON CONFLICT DO NOTHING
