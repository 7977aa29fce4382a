-- name: checkpoint()
-- Writes everything out, after which the segments of the log before it can go.
CHECKPOINT
