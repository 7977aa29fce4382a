-- name: kept_answers()
-- Returns the number of stored files that answer requests of persons, since when the first is stored, and the earliest
-- deadline.
SELECT count(*) AS found, min(made_at) AS since, min(expires_at) AS expires_at
FROM redaction.request_exports WHERE deleted_at IS NULL HAVING count(*) > 0
