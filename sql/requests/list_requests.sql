-- name: list_requests(request_id, everything)
-- Returns a request (NULL: all open ones, with `everything` also ended ones), earliest due date first; never the
-- person's number or address.
SELECT r.id, r.kind, r.state, r.agency_id, r.country, r.law, r.identity_check, r.reference, r.opened_by, r.opened_at,
       r.deadline, r.digest, r.found, r.found_at, r.answered_by, r.answered_at, r.ground, r.closed_by, r.closed_at,
       (SELECT count(*) FROM redaction.request_accounts a WHERE a.request_id = r.id) AS accounts
FROM redaction.requests r
WHERE CASE WHEN CAST(:request_id AS bigint) IS NULL THEN :everything OR r.closed_at IS NULL ELSE r.id = :request_id END
ORDER BY r.closed_at IS NOT NULL, r.deadline, r.id
