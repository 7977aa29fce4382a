-- name: runs_of_closing(account_id)
-- Returns the runs of an account that the ledger records as succeeded, in order.
SELECT r.id, r.kind, r.stripped_count, r.recordings_taken, l.position, l.hash
FROM redaction.runs r JOIN redaction.ledger l ON l.run_id = r.id AND l.kind = 'redaction'
WHERE r.account_id = :account_id ORDER BY r.id
