-- name: list_given(run_id, account_id, integration_id, integration)
-- Lists, before a run strips its set, the ids under which Salesforce knows it (15 or 18 letters and digits, in the
-- object `salesforce` of a record).
INSERT INTO redaction.downstream (run_id, account_id, integration_id, integration, activity_id, external_id)
SELECT DISTINCT CAST(:run_id AS bigint), CAST(:account_id AS bigint), CAST(:integration_id AS bigint),
       CAST(:integration AS text), r.activity_id, v.value
FROM redaction.run_activities r
CROSS JOIN LATERAL (
    SELECT a.custom_fields -> 'salesforce' AS ids FROM tracking.activities a
    WHERE a.account_id = :account_id AND a.called_at = r.called_at AND a.id = r.activity_id OFFSET 0
) a
CROSS JOIN LATERAL jsonb_each_text(CASE jsonb_typeof(a.ids) WHEN 'object' THEN a.ids END) v
WHERE r.run_id = :run_id AND v.value ~ '^[0-9A-Za-z]{15}([0-9A-Za-z]{3})?$'
ON CONFLICT DO NOTHING
