-- name: code_digest()
-- Records the digest of these scripts next to that of the catalog with which they were rendered. `redaction init` runs them
-- again in a database that has those of another program. It is a comment, since only a version of the schema adds columns.
COMMENT ON TABLE redaction.catalog IS 'sql/schema/code: {{ code_digest() }}';
