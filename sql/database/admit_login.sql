-- name: admit_login(login, verifier)
-- Creates a login unless it exists, and lets it act as each of our roles, without any rights of its own.
SELECT redaction.admit_login(:login, :verifier)
