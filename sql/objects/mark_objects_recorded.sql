-- name: mark_objects_recorded(run_id)
-- Records that the ledger has the present counts of a run's objects.
UPDATE redaction.runs SET objects_told = objects WHERE id = :run_id
