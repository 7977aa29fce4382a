-- name: end_export(id, activities, bytes)
-- A file that answers a request is whole: it may be fetched from now on.
UPDATE redaction.request_exports SET ready = true, activities = :activities, bytes = :bytes WHERE id = :id
