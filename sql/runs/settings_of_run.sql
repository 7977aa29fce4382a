-- name: settings_of_run(run_id)
-- Returns the settings by which a session names a run to the views of validation. They let it read whole partitions
-- only if most of its rows are in rewritten ones; in both cases the cost grows with the run.
SELECT r.id AS run_id, r.account_id, CASE WHEN p.rewritten > r.due_count / 2 THEN 'on' ELSE 'off' END AS scan,
       to_char(s.starts AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00"') AS starts,
       to_char(r.cutoff AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00"') AS ends
FROM redaction.runs r
CROSS JOIN LATERAL (
    SELECT coalesce(sum(rows), 0) AS rewritten FROM redaction.run_partitions WHERE run_id = r.id AND mode = 'rewrite'
) p
CROSS JOIN LATERAL (
    -- A local day begins at most a day before or after that of UTC.
    SELECT coalesce(min(day)::timestamp AT TIME ZONE 'UTC' - interval '2 days', r.cutoff) AS starts
    FROM redaction.run_batches WHERE run_id = r.id
) s
WHERE r.id = :run_id
