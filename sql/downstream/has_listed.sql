-- name: has_listed(run_id)
-- Says whether a run has listed an activity that systems outside have received.
SELECT EXISTS (SELECT FROM redaction.downstream WHERE run_id = :run_id AND activity_id IS NOT NULL) AS listed
