-- name: live_columns()
-- Returns the column names of tracking.activities as the database has them at this moment, dropped ones left out.
SELECT attname AS column_name
FROM pg_attribute
WHERE attrelid = to_regclass('tracking.activities') AND attnum > 0 AND NOT attisdropped
ORDER BY attnum
