-- name: open_requests()
-- Returns how many requests of persons are not over, when the first of these was opened, and of those that nobody has
-- answered the first that is due, and when.
SELECT count(*) AS found, min(opened_at) AS since, (
    SELECT id FROM redaction.requests WHERE state = 'open' ORDER BY deadline, id LIMIT 1
) AS first_id, min(deadline) FILTER (WHERE state = 'open') AS deadline
FROM redaction.requests WHERE closed_at IS NULL
HAVING count(*) > 0
