-- name: schema_version()
-- Returns the version of the schema of a database that has one.
SELECT version_num AS version FROM redaction.alembic_version
