-- name: list_delivered(run_id, account_id)
-- Lists, after a run has stripped its set, what integrations have received of it: each recorded delivery, and the whole
-- run for an integration without any recorded delivery.
WITH delivered AS MATERIALIZED (
    SELECT d.integration_id, d.activity_id, d.external_id
    FROM redaction.run_batches b CROSS JOIN LATERAL unnest(b.activity_ids) AS u (id)
    CROSS JOIN LATERAL (
        SELECT d.* FROM tracking.deliveries d WHERE d.account_id = :account_id AND d.activity_id = u.id OFFSET 0
    ) d
    WHERE b.run_id = :run_id AND EXISTS (SELECT FROM tracking.deliveries WHERE account_id = :account_id)
)
INSERT INTO redaction.downstream (run_id, account_id, integration_id, integration, activity_id, external_id)
SELECT CAST(:run_id AS bigint), CAST(:account_id AS bigint), i.id, i.name, d.activity_id, d.external_id
FROM tracking.integrations i LEFT JOIN delivered d ON d.integration_id = i.id
WHERE i.account_id = :account_id AND cardinality(i.fields) > 0 AND (d.activity_id IS NOT NULL OR NOT EXISTS (
    SELECT FROM redaction.downstream g WHERE g.run_id = :run_id AND g.integration_id = i.id
))
ON CONFLICT DO NOTHING
