-- name: living_tables()
-- Returns the tables in which a value may be in use, with their size in blocks: those of schema tracking, newest
-- activities first, and before them, small ones first, those of schema redaction that the catalog calls personal. A
-- report only repeats what an activity has.
SELECT c.oid::regclass::text AS relation, pg_relation_size(c.oid) / 8192 AS blocks
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND (
    n.nspname = 'tracking'
    OR n.nspname = 'redaction'
       AND n.nspname || '.' || c.relname IN ({% for place in places %}'{{ place.table }}'{{ ", " if not loop.last }}{% endfor %})
)
ORDER BY c.relispartition, c.relname DESC
