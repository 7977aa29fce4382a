-- name: mark_read_addresses(ids)
-- Records that some addresses are found as they are recorded, or name nothing.
UPDATE tracking.objects SET canonical = true WHERE id = ANY(CAST(:ids AS bigint[]))
