-- name: unfinished_runs(account_id, trigger)
-- Returns the runs of one trigger that were begun for an account and have not ended, oldest first; of each whether it waits
-- for a person.
SELECT r.id, r.kind, r.cutoff, r.recordings_cutoff,
       EXISTS (SELECT FROM redaction.approvals q WHERE q.run_id = r.id AND q.approved IS NOT TRUE) AS waits
FROM redaction.runs r
WHERE r.account_id = :account_id AND r.trigger = :trigger AND r.state NOT IN ('succeeded', 'refused', 'abandoned')
ORDER BY r.id
