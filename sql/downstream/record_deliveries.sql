-- name: record_deliveries(deliveries)
-- Records what integrations have received (an array of objects: account_id, activity_id, integration, external_id).
-- Redacted activities go to the list of their run at once. Returns how many were new, and how many name no integration.
WITH given AS MATERIALIZED (
    SELECT DISTINCT t.account_id, t.activity_id, t.external_id, i.id AS integration_id, i.name
    FROM jsonb_to_recordset(CAST(:deliveries AS jsonb))
        AS t (account_id bigint, activity_id bigint, integration text, external_id text)
    LEFT JOIN tracking.integrations i ON i.account_id = t.account_id AND i.name = t.integration
), gone AS MATERIALIZED (
    SELECT t.*, a.redaction_run_id AS run_id
    FROM given t CROSS JOIN LATERAL (
        SELECT called_at FROM tracking.activity_identity WHERE account_id = t.account_id AND id = t.activity_id OFFSET 0
    ) i
    CROSS JOIN LATERAL (
        SELECT a.redaction_run_id FROM tracking.activities a
        WHERE a.account_id = t.account_id AND a.called_at = i.called_at AND a.id = t.activity_id AND a.redacted_at IS NOT NULL
    ) a
    WHERE t.integration_id IS NOT NULL AND EXISTS (SELECT FROM redaction.runs r WHERE r.id = a.redaction_run_id)
), listed AS (
    INSERT INTO redaction.downstream (run_id, account_id, integration_id, integration, activity_id, external_id)
    SELECT run_id, account_id, integration_id, name, activity_id, external_id FROM gone
    ON CONFLICT DO NOTHING
    RETURNING 1
), kept AS (
    INSERT INTO tracking.deliveries (account_id, activity_id, integration_id, external_id)
    SELECT account_id, activity_id, integration_id, external_id FROM given t
    WHERE integration_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM gone g WHERE g.account_id = t.account_id AND g.activity_id = t.activity_id
    )
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT (SELECT count(*) FROM listed) + (SELECT count(*) FROM kept) AS recorded,
       (SELECT count(*) FROM given WHERE integration_id IS NULL) AS unknown
