-- name: unfinished_runs(account_id, trigger)
-- Returns the unfinished runs of an account with one trigger, oldest first, and why each waits for approval: NULL if it
-- does not.
SELECT r.id, r.kind, r.cutoff, r.recordings_cutoff,
       q.run_id IS NOT NULL AS waits, q.ground
FROM redaction.runs r LEFT JOIN redaction.approvals q ON q.run_id = r.id AND q.approved IS NOT TRUE
WHERE r.account_id = :account_id AND r.trigger = :trigger AND r.state NOT IN ('succeeded', 'refused', 'abandoned', 'nothing_due')
ORDER BY r.id
