-- name: settle_delivered(run_id)
-- When a run has ended, moves what it has listed out of the deliveries, and removes from the list what it left because
-- of holds.
WITH listed AS MATERIALIZED (
    SELECT d.id, d.account_id, d.activity_id, d.integration_id, d.external_id, a.redacted
    FROM redaction.downstream d
    LEFT JOIN redaction.run_activities r ON r.run_id = d.run_id AND r.activity_id = d.activity_id
    LEFT JOIN LATERAL (
        SELECT a.redacted_at IS NOT NULL AS redacted FROM tracking.activities a
        WHERE a.account_id = d.account_id AND a.called_at = r.called_at AND a.id = d.activity_id OFFSET 0
    ) a ON true
    WHERE d.run_id = :run_id AND d.activity_id IS NOT NULL
), kept AS (
    DELETE FROM redaction.downstream d USING listed l WHERE d.id = l.id AND NOT l.redacted
)
DELETE FROM tracking.deliveries g USING listed l
WHERE l.redacted AND g.account_id = l.account_id AND g.activity_id = l.activity_id
  AND g.integration_id = l.integration_id AND g.external_id = l.external_id
