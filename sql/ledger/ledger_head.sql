-- name: ledger_head()
-- Returns the id of this database's ledger, and the position and hash of its last row (0 and '' if it has none).
SELECT i.id::text AS ledger_id, coalesce(l.position, 0) AS position, coalesce(l.hash, '') AS hash
FROM redaction.ledger_identity i
LEFT JOIN LATERAL (SELECT position, hash FROM redaction.ledger ORDER BY position DESC LIMIT 1) l ON true
