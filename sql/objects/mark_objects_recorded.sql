-- name: mark_objects_recorded(run_id)
-- Notes that the ledger knows the counts of a run's objects as they are now.
UPDATE redaction.runs SET objects_told = objects WHERE id = :run_id
