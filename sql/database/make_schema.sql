-- name: make_schema()
-- Creates the schema of runs and ledger; the operator may have created it before.
CREATE SCHEMA IF NOT EXISTS redaction
