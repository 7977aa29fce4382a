-- name: return_export(id)
-- Makes a file that was not sent in full available again.
UPDATE redaction.request_exports SET ready = true WHERE id = :id AND fetched_at IS NULL AND deleted_at IS NULL
