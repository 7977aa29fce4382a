-- name: mark_read_addresses(ids)
-- Notes that some addresses have the one spelling already, or have none.
UPDATE tracking.objects SET canonical = true WHERE id = ANY(CAST(:ids AS bigint[]))
