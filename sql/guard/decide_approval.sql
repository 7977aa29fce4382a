-- name: decide_approval(run_id, approved, decided_by)
-- Records the first answer to a question. Returns the account of the run; no row if there was no question, or an
-- answer.
UPDATE redaction.approvals q
SET approved = :approved, decided_by = :decided_by, decided_at = clock_timestamp()
FROM redaction.runs r
WHERE q.run_id = :run_id AND q.approved IS NULL AND r.id = q.run_id
RETURNING r.account_id, r.due_count, q.explained
