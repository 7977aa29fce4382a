-- name: grade_run(run_id, erasure_level)
-- Records the level that a run has reached; it never falls.
UPDATE redaction.runs SET erasure_level = :erasure_level WHERE id = :run_id AND erasure_level < :erasure_level
