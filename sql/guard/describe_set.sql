-- name: describe_set(run_id, account_id)
-- Counts by kind the selected activities of a run that nobody has redacted since, and the objects that they name.
SELECT a.kind, count(*) AS activities, sum(a.objects)::bigint AS objects
FROM redaction.run_activities r
CROSS JOIN LATERAL (
    SELECT a.kind, (
        SELECT count(*) FROM tracking.objects o WHERE o.account_id = a.account_id AND o.activity_id = a.id
    ) AS objects
    FROM tracking.activities a
    WHERE a.account_id = :account_id AND a.called_at = r.called_at AND a.id = r.activity_id AND a.redacted_at IS NULL
    OFFSET 0
) a
WHERE r.run_id = :run_id
GROUP BY a.kind
ORDER BY a.kind
