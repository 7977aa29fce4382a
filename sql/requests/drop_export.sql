-- name: drop_export(id)
-- Records that a file that answers a request is deleted.
UPDATE redaction.request_exports SET deleted_at = clock_timestamp() WHERE id = :id AND deleted_at IS NULL
