-- name: rows_to_adopt()
-- Returns about how many rows the earlier table still holds; NULL if there is none. Asks no row, and needs no privilege.
SELECT (
    SELECT CAST(greatest(c.reltuples, 0) AS bigint) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'tracking_before' AND c.relname = 'activities'
) AS rows
