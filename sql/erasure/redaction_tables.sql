-- name: redaction_tables()
-- Returns the tables outside the activities that may hold a value, by place: the planner's statistics, the tables of
-- runs, the reports, and other tables that the catalog calls personal.
SELECT c.oid::regclass::text AS relation,
       CASE n.nspname WHEN 'pg_catalog' THEN 'statistics' WHEN 'redaction' THEN 'books' WHEN 'reporting' THEN 'reports'
            ELSE 'records' END AS place
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND (
    n.nspname IN ('redaction', 'reporting')
    OR c.oid IN ('pg_catalog.pg_statistic'::regclass, 'pg_catalog.pg_statistic_ext_data'::regclass)
    OR n.nspname || '.' || c.relname IN ({% for place in places %}'{{ place.table }}'{{ ", " if not loop.last }}{% endfor %})
)
ORDER BY 2, 1
