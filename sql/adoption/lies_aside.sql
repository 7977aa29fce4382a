-- name: lies_aside()
-- Says whether an unpartitioned table from before is still there; needs no privilege on it.
SELECT EXISTS (
    SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'tracking_before' AND c.relname = 'activities'
) AS aside
