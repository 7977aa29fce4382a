-- name: live_columns()
-- Returns the present column names of tracking.activities, without dropped ones.
SELECT attname AS column_name
FROM pg_attribute
WHERE attrelid = to_regclass('tracking.activities') AND attnum > 0 AND NOT attisdropped
ORDER BY attnum
