-- name: get_position(run_id)
-- Returns how far the strip of a run has committed, '-infinity' and 0 before its first batch.
SELECT coalesce(position_called_at::text, '-infinity') AS position_called_at, coalesce(position_id, 0) AS position_id,
       stripped_count
FROM redaction.runs WHERE id = :run_id
