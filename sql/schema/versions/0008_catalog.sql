-- name: 0008_catalog()
-- What the columns of this database are to be, as it was last prepared: by which constraint, functions and samples follow
-- the catalog. A program with another catalog works on nothing.
CREATE TABLE redaction.catalog (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    digest text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
    columns jsonb NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT ON redaction.catalog TO redaction_worker;
