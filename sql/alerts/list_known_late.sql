-- name: list_known_late()
-- Returns the late things that people have been notified of; those without an account are about all.
SELECT what, account_id FROM redaction.known_late
