-- name: answer_request(request_id, answered_by)
-- A request that was open is answered. Returns its id; no row if it was not open.
UPDATE redaction.requests SET state = 'answered', answered_by = :answered_by, answered_at = clock_timestamp()
WHERE id = :request_id AND state = 'open'
RETURNING id
