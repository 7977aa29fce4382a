-- name: checkpoint()
-- Writes everything out, after which older segments of the log can be removed; with the rights of the owner.
SELECT redaction.write_checkpoint()
