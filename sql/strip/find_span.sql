-- name: find_span(run_id, account_id)
-- Returns the times between which the activities of a run's set are now, as texts: a statement with these literals is
-- planned only for their partitions. For a large set, which fills many partitions and takes longer to look up: all
-- times.
SELECT CASE WHEN r.due_count > 10000 THEN '-infinity' ELSE CAST(s.low AS text) END AS low,
       CASE WHEN r.due_count > 10000 THEN 'infinity' ELSE CAST(s.high AS text) END AS high
FROM redaction.runs r
LEFT JOIN LATERAL (
    SELECT min(i.called_at) AS low, max(i.called_at) AS high
    FROM redaction.run_batches b
    CROSS JOIN LATERAL unnest(b.activity_ids) AS u (id)
    CROSS JOIN LATERAL (
        SELECT called_at FROM tracking.activity_identity WHERE account_id = :account_id AND id = u.id OFFSET 0
    ) i
    -- Asked here, so that nothing is looked up of a large set.
    WHERE b.run_id = r.id AND r.due_count <= 10000
) s ON true
WHERE r.id = :run_id
