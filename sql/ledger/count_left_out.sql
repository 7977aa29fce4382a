-- name: count_left_out(run_id, account_id)
-- Counts by reason the activities of a run's set that the run has not stripped: held since the selection, moved to the
-- cutoff or beyond, redacted by another run, gone from the table; `unstripped` has no such reason, and should be 0.
SELECT count(*) FILTER (WHERE a.redacted_at IS NULL AND a.called_at < r.cutoff AND a.held) AS held,
       count(*) FILTER (WHERE a.redacted_at IS NULL AND a.called_at >= r.cutoff) AS moved_beyond_the_cutoff,
       count(*) FILTER (WHERE a.redacted_at IS NOT NULL) AS redacted_by_another_run,
       count(*) FILTER (WHERE a.called_at IS NULL) AS gone,
       count(*) FILTER (WHERE a.redacted_at IS NULL AND a.called_at < r.cutoff AND NOT a.held) AS unstripped
FROM redaction.runs r
JOIN redaction.run_batches b ON b.run_id = r.id
CROSS JOIN LATERAL unnest(b.activity_ids) AS u (id)
LEFT JOIN LATERAL (
    SELECT called_at FROM tracking.activity_identity WHERE account_id = :account_id AND id = u.id OFFSET 0
) i ON true
LEFT JOIN LATERAL (
    SELECT a.called_at, a.redacted_at, a.redaction_run_id,
           a.redacted_at IS NULL AND {% include "select/_held.sql" %} AS held
    FROM tracking.activities a
    WHERE a.account_id = :account_id AND a.called_at = i.called_at AND a.id = u.id OFFSET 0
) a ON true
WHERE r.id = :run_id AND a.redaction_run_id IS DISTINCT FROM r.id
