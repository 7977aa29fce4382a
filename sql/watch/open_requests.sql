-- name: open_requests()
-- Returns how many requests of persons are not over, when the first of these was opened, and the one that is due first:
-- one that was answered keeps whom it is of until somebody closes it, so it is late by the same deadline.
SELECT count(*) AS found, min(opened_at) AS since, min(deadline) AS deadline,
       (array_agg(id ORDER BY deadline, id))[1] AS first_id, (array_agg(state ORDER BY deadline, id))[1] AS first_state
FROM redaction.requests WHERE closed_at IS NULL
HAVING count(*) > 0
