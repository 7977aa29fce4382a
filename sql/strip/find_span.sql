-- name: find_span(run_id, account_id)
-- Between which times the activities of a run's set lie at this moment, as texts: what is asked of them with these two
-- written into the statement is planned for their partitions alone. Of a large set, which fills many partitions, and to look
-- it up would take longer: all times.
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
