-- name: objects_in_ledger(run_id)
-- Returns the ledger rows about objects of a run after its end, in order.
SELECT position, actor, reason, facts, written_at FROM redaction.ledger
WHERE kind = 'object' AND run_id = :run_id ORDER BY position
