-- name: has_ledger()
-- Says whether the schema is new enough to have a ledger.
SELECT to_regclass('redaction.ledger') IS NOT NULL AS present
