-- name: relation_columns(relation)
-- Returns the columns of a table as its tuples lay them out, dropped ones too: name, length, alignment in bytes, and
-- what the bytes mean.
SELECT a.attname AS name, CAST(a.attlen AS integer) AS length,
       CASE a.attalign WHEN 'd' THEN 8 WHEN 'i' THEN 4 WHEN 's' THEN 2 ELSE 1 END AS align,
       CASE WHEN a.atttypid IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype, 'json'::regtype) THEN 'text'
            WHEN a.atttypid = 'jsonb'::regtype THEN 'jsonb'
            WHEN a.atttypid IN ('text[]'::regtype, 'varchar[]'::regtype) THEN 'array'
            ELSE 'other' END AS kind,
       a.attisdropped AS dropped
FROM pg_attribute a
WHERE a.attrelid = CAST(:relation AS regclass) AND a.attnum > 0
ORDER BY a.attnum
