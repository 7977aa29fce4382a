-- name: waiting_closing(account_id)
-- Returns the run that waits for approval of the closing of an account.
SELECT r.id FROM redaction.runs r JOIN redaction.approvals q ON q.run_id = r.id
WHERE r.account_id = :account_id AND r.kind = 'closing' AND q.approved IS NULL AND r.state IN ('selected', 'failed')
ORDER BY r.id DESC LIMIT 1
