-- name: open_requests()
-- Returns the number of open requests of persons, when the first was opened, and the one due first. An answered request
-- keeps the person's number until somebody closes it, so the same deadline applies.
SELECT count(*) AS found, min(opened_at) AS since, min(deadline) AS deadline,
       (array_agg(id ORDER BY deadline, id))[1] AS first_id, (array_agg(state ORDER BY deadline, id))[1] AS first_state
FROM redaction.requests WHERE closed_at IS NULL
HAVING count(*) > 0
