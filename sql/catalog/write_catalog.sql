-- name: write_catalog(digest, columns)
-- Records the catalog that this database has been prepared for, in the transaction that did it.
INSERT INTO redaction.catalog (digest, columns) VALUES (:digest, CAST(:columns AS jsonb))
ON CONFLICT (only_one) DO UPDATE SET digest = excluded.digest, columns = excluded.columns, applied_at = clock_timestamp()
