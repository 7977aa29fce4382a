-- name: find_approval(run_id)
-- Returns the question about a run, with its answer (NULL: none yet); no row if there was no question.
SELECT q.run_id, r.account_id, r.state, r.cutoff, r.due_count, r.recordings_due, r.requested_by, q.explained,
       q.asked_at, q.posed_at, q.approved, q.decided_by, q.decided_at, q.ground, r.kind, r.run_key,
       {% include "guard/_is_first.sql" %} AS first_run,
       {% include "guard/_on_day.sql" %} AS on_day
FROM redaction.approvals q JOIN redaction.runs r ON r.id = q.run_id WHERE q.run_id = :run_id
