-- name: columns_before()
-- Returns the columns of the old tables that the new ones lack, or have with a type that would not hold the same values
-- (`needed` NULL: missing).
SELECT CAST(t.name AS text) AS table_name, CAST(o.attname AS text) AS column_name,
       format_type(o.atttypid, o.atttypmod) AS found, format_type(n.atttypid, n.atttypmod) AS needed
FROM unnest(ARRAY['activities', 'agencies', 'accounts', 'account_users']) AS t (name)
JOIN pg_attribute o ON o.attrelid = to_regclass('tracking_before.' || t.name)
LEFT JOIN pg_attribute n ON n.attrelid = to_regclass('tracking.' || t.name) AND n.attname = o.attname AND NOT n.attisdropped
WHERE o.attnum > 0 AND NOT o.attisdropped AND (
    n.atttypid IS NULL
    OR o.atttypid <> n.atttypid AND (o.atttypid, n.atttypid) NOT IN (
        (CAST('int2' AS regtype), CAST('int8' AS regtype)), (CAST('int4' AS regtype), CAST('int8' AS regtype)),
        (CAST('varchar' AS regtype), CAST('text' AS regtype)), (CAST('json' AS regtype), CAST('jsonb' AS regtype))
    )
)
ORDER BY 1, 2
