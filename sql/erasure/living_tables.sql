-- name: living_tables()
-- Returns the tables in which a value may lawfully be: those of schema tracking, the newest activities first, the small
-- ones before them; with their size in blocks.
SELECT c.oid::regclass::text AS relation, pg_relation_size(c.oid) / 8192 AS blocks
FROM pg_class c
WHERE c.relkind = 'r' AND c.relnamespace = 'tracking'::regnamespace
ORDER BY c.relispartition, c.relname DESC
