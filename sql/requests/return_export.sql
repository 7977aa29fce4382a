-- name: return_export(id)
-- A file that was not given in full may be fetched again.
UPDATE redaction.request_exports SET ready = true WHERE id = :id AND fetched_at IS NULL AND deleted_at IS NULL
