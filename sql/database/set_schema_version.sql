-- name: set_schema_version(version)
-- Records the version of the schema, once in each transaction.
WITH before AS (
    DELETE FROM redaction.alembic_version
)
INSERT INTO redaction.alembic_version (version_num) VALUES (:version)
