-- name: end_export(id, activities, bytes)
-- Records that a file that answers a request is complete: it may be fetched from now on.
UPDATE redaction.request_exports SET ready = true, activities = :activities, bytes = :bytes WHERE id = :id
