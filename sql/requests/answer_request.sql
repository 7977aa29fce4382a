-- name: answer_request(request_id, answered_by, answered_at)
-- Answers an open request, now or (a replay) at its original time. Returns its id; no row if it was not open.
UPDATE redaction.requests
SET state = 'answered', answered_by = :answered_by,
    answered_at = coalesce(CAST(:answered_at AS timestamptz), clock_timestamp())
WHERE id = :request_id AND state = 'open'
RETURNING id
