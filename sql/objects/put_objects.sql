-- name: put_objects(run_id, objects)
-- Gives a restored run the last counts of its objects in the ledger.
UPDATE redaction.runs SET objects = CAST(:objects AS jsonb) WHERE id = :run_id
