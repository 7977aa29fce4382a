-- name: end_request(request_id, state, ground, closed_by, closed_at)
-- Ends a request, now or (a replay) at its original time, and forgets the person's number or address. Returns its id;
-- no row if it has ended already.
WITH ended AS (
    UPDATE redaction.requests
    SET state = :state, ground = :ground, closed_by = :closed_by,
        closed_at = coalesce(CAST(:closed_at AS timestamptz), clock_timestamp())
    WHERE id = :request_id AND closed_at IS NULL
    RETURNING id
), forgotten AS (
    DELETE FROM redaction.request_contacts c USING ended e WHERE c.request_id = e.id
)
SELECT id FROM ended
