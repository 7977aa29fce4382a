-- name: has_ledger()
-- Says whether the schema is young enough to keep a ledger.
SELECT to_regclass('redaction.ledger') IS NOT NULL AS present
