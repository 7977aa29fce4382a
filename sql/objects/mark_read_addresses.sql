-- name: mark_read_addresses(ids)
-- Notes that some addresses are looked up as they are recorded, or name nothing.
UPDATE tracking.objects SET canonical = true WHERE id = ANY(CAST(:ids AS bigint[]))
