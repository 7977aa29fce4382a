-- name: kept_answers()
-- Returns how many files that answer requests of persons are kept, since when the first, and when the first had to go.
SELECT count(*) AS found, min(made_at) AS since, min(expires_at) AS expires_at
FROM redaction.request_exports WHERE deleted_at IS NULL HAVING count(*) > 0
