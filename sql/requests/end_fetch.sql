-- name: end_fetch(id)
-- Records that a file was sent in full: it counts as fetched from now on.
UPDATE redaction.request_exports SET ready = true, fetched_at = clock_timestamp() WHERE id = :id
