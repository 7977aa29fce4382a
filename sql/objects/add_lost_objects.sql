-- name: add_lost_objects(run_id, objects)
-- Adds to the counts of a run the objects that it had left and that a restored database does not have.
UPDATE redaction.runs SET objects = redaction.add_counts(objects, CAST(:objects AS jsonb)) WHERE id = :run_id
