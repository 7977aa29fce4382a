-- name: unpartitioned()
-- Returns the columns of a tracking.activities that is a plain table, as it was before this system; none otherwise.
SELECT a.attname AS column_name
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.oid = to_regclass('tracking.activities') AND c.relkind = 'r'
ORDER BY a.attnum
