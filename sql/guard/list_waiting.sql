-- name: list_waiting()
-- Returns the runs that wait for approval, longest first.
SELECT q.run_id, r.account_id, r.state, r.cutoff, r.due_count, r.recordings_due, r.requested_by, q.explained,
       q.asked_at, q.posed_at, q.approved, q.decided_by, q.decided_at, q.ground, r.kind, r.run_key,
       {% include "guard/_is_first.sql" %} AS first_run,
       {% include "guard/_on_day.sql" %} AS on_day
FROM redaction.approvals q JOIN redaction.runs r ON r.id = q.run_id
WHERE q.approved IS NULL AND r.state IN ('selected', 'failed') ORDER BY q.asked_at
