-- name: read_catalog()
-- Returns the digest of the catalog that this database was prepared for, and its classes of the columns; no row if
-- there is none.
SELECT digest, columns FROM redaction.catalog
