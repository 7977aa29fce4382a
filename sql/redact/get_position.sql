-- name: get_position(run_id)
-- Returns the last id up to which the strip of a run has committed (NULL before its first batch), and its count.
SELECT position_id, stripped_count
FROM redaction.runs WHERE id = :run_id
