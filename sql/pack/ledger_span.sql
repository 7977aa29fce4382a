-- name: ledger_span(since, until)
-- Returns the position and the hash of the last ledger row before a period (0 and '' if there is none), and the
-- position of the last row in it (that of the row before if there is none).
SELECT coalesce(b.position, 0) AS before, coalesce(b.hash, '') AS hash, greatest(coalesce(e.position, 0), coalesce(b.position, 0)) AS last
FROM (VALUES (1)) AS one (n)
LEFT JOIN LATERAL (
    SELECT position, hash FROM redaction.ledger WHERE written_at < :since ORDER BY position DESC LIMIT 1
) b ON true
LEFT JOIN LATERAL (
    SELECT position FROM redaction.ledger WHERE written_at < :until ORDER BY position DESC LIMIT 1
) e ON true
