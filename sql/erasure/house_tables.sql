-- name: house_tables()
-- Returns the tables outside the activities that may hold a value, by place: the planner's statistics, the books of the
-- runs with the addresses of objects, the reports.
SELECT c.oid::regclass::text AS relation,
       CASE n.nspname WHEN 'pg_catalog' THEN 'statistics' WHEN 'reporting' THEN 'reports' ELSE 'books' END AS place
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND (
    n.nspname IN ('redaction', 'reporting')
    OR c.oid = 'tracking.objects'::regclass
    OR c.oid IN ('pg_catalog.pg_statistic'::regclass, 'pg_catalog.pg_statistic_ext_data'::regclass)
)
ORDER BY 2, 1
