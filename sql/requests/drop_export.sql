-- name: drop_export(id)
-- A file that answers a request is gone.
UPDATE redaction.request_exports SET deleted_at = clock_timestamp() WHERE id = :id AND deleted_at IS NULL
