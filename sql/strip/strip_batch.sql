-- name: strip_batch(run_id, numbers)
-- Strips some batches of the run's set in place, through the gate of every strip; see `redaction.strip_batch`. Returns the
-- number of rows stripped.
SELECT redaction.strip_batch(:run_id, CAST(:numbers AS integer[])) AS stripped
