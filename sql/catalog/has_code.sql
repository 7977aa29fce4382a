-- name: has_code(digest)
-- Says whether the functions, views and triggers of this database are those of the scripts with that digest.
SELECT obj_description(to_regclass('redaction.catalog'), 'pg_class') IS NOT DISTINCT FROM 'sql/schema/code: ' || :digest AS present
