-- name: put_objects(run_id, objects)
-- Gives a run that was put back from the ledger the counts of its objects that the ledger tells last.
UPDATE redaction.runs SET objects = CAST(:objects AS jsonb) WHERE id = :run_id
