-- name: checkpoint()
-- Writes everything out, after which the segments of the log before it can go; with the rights of the owner.
SELECT redaction.write_checkpoint()
