-- name: read_catalog()
-- Returns the digest of the catalog that this database was prepared for, and what it says of each column; no row of one
-- that was prepared for none.
SELECT digest, columns FROM redaction.catalog
