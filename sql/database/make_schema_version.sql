-- name: make_schema_version()
-- Creates the table of the schema's version. It is called as Alembic calls it, which has created it until version 0032.
CREATE TABLE redaction.alembic_version (
    version_num varchar(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
)
