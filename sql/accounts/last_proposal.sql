-- name: last_proposal(kind, account_id, hold_id)
-- Returns the last proposal of a kind about a hold of an account, with its answer (approved NULL: none yet), and
-- whether it is still open.
SELECT id, requested_by, approved, decided_by,
       decided_at IS NULL AND requested_at > clock_timestamp() - interval '30 days' AS open
FROM redaction.proposals
WHERE kind = :kind AND account_id = :account_id AND hold_id = :hold_id
ORDER BY id DESC LIMIT 1
