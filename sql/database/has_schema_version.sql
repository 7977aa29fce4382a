-- name: has_schema_version()
-- Says whether the database has a schema of this program.
SELECT to_regclass('redaction.alembic_version') IS NOT NULL AS present
