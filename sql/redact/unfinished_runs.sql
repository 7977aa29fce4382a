-- name: unfinished_runs(account_id, trigger)
-- Returns the runs of one trigger that were begun for an account and have neither succeeded nor been refused, oldest first.
SELECT id FROM redaction.runs
WHERE account_id = :account_id AND trigger = :trigger AND state NOT IN ('succeeded', 'refused')
ORDER BY id
