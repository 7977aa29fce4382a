-- name: admit_login(login, verifier)
-- Creates a login unless it is there, and lets it act as each role of ours, with no right of its own.
SELECT redaction.admit_login(:login, :verifier)
