-- name: live_tables()
-- Returns the present columns of each table of the schemas tracking, redaction and reporting, without dropped ones. It
-- leaves out partitions, which have the columns of their table (a detached one is a table of its own), the copy of a
-- partition that is being rewritten, and tables of extensions.
SELECT n.nspname || '.' || c.relname AS table_name,
       ARRAY(
           SELECT CAST(a.attname AS text) FROM pg_attribute a
           WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       ) AS columns
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('tracking', 'redaction', 'reporting') AND c.relkind IN ('r', 'p', 'm', 'f') AND NOT c.relispartition
  AND NOT (n.nspname = 'tracking' AND c.relname ~ '^activities_([0-9]{8}|elsewhen)_new$')
  AND NOT EXISTS (
      SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
  )
