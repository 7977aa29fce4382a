-- name: list_exports(request_id)
-- Returns the files that answer a request, newest first.
SELECT id, request_id, name, made_by, made_at, expires_at, activities, bytes, ready, fetched_at, deleted_at
FROM redaction.request_exports WHERE request_id = :request_id ORDER BY id DESC
