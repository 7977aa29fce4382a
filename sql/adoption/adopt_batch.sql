-- name: adopt_batch(batch_size, width)
-- Moves some rows of the earlier table into the partitions, and sees that they arrive as they were; returns how many.
SELECT redaction.adopt_batch(:batch_size, :width) AS moved
