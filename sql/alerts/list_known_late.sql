-- name: list_known_late()
-- Returns the late things that people were told of; without an account it is of all.
SELECT what, account_id FROM redaction.known_late
