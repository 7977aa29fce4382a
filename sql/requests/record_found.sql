-- name: record_found(request_id, digest, found)
-- Records what was found of a person, as counts, and the digest that binds an erasure to it.
UPDATE redaction.requests SET digest = :digest, found = CAST(:found AS jsonb), found_at = clock_timestamp()
WHERE id = :request_id AND closed_at IS NULL
