-- name: list_given(run_id, account_id)
-- Lists, before a run strips it, under which ids Salesforce knows its set (15 or 18 letters and digits, in the object
-- `salesforce` of a record), if the account has such an integration.
WITH salesforce AS MATERIALIZED (
    SELECT id, name FROM tracking.integrations
    WHERE account_id = :account_id AND cardinality(fields) > 0 AND lower(name) LIKE 'salesforce%' ORDER BY id LIMIT 1
)
INSERT INTO redaction.downstream (run_id, account_id, integration_id, integration, activity_id, external_id)
SELECT DISTINCT CAST(:run_id AS bigint), CAST(:account_id AS bigint), s.id, s.name, r.activity_id, v.value
FROM salesforce s CROSS JOIN redaction.run_activities r
CROSS JOIN LATERAL (
    SELECT a.custom_fields -> 'salesforce' AS told FROM tracking.activities a
    WHERE a.account_id = :account_id AND a.called_at = r.called_at AND a.id = r.activity_id OFFSET 0
) a
CROSS JOIN LATERAL jsonb_each_text(CASE jsonb_typeof(a.told) WHEN 'object' THEN a.told END) v
WHERE r.run_id = :run_id AND v.value ~ '^[0-9A-Za-z]{15}([0-9A-Za-z]{3})?$'
ON CONFLICT DO NOTHING
