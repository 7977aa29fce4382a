-- name: unfinished_runs(account_id, trigger)
-- Returns the runs of one trigger that were begun for an account and have not ended, oldest first; of each whether it waits
-- for a person, and why: NULL if it does not.
SELECT r.id, r.kind, r.cutoff, r.recordings_cutoff,
       q.run_id IS NOT NULL AS waits, q.ground
FROM redaction.runs r LEFT JOIN redaction.approvals q ON q.run_id = r.id AND q.approved IS NOT TRUE
WHERE r.account_id = :account_id AND r.trigger = :trigger AND r.state NOT IN ('succeeded', 'refused', 'abandoned', 'nothing_due')
ORDER BY r.id
