-- name: was_fetched(request_id)
-- Says whether a file that answers a request was fetched.
SELECT EXISTS (
    SELECT FROM redaction.request_exports WHERE request_id = :request_id AND fetched_at IS NOT NULL
) AS fetched
