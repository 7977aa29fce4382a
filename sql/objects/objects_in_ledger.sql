-- name: objects_in_ledger(run_id)
-- Returns the rows of the ledger that tell of objects of a run after its end, in their order.
SELECT position, actor, reason, facts, written_at FROM redaction.ledger
WHERE kind = 'object' AND run_id = :run_id ORDER BY position
