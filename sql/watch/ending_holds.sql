-- name: ending_holds(before)
-- Returns by account the holds in force that end by themselves before an instant: their number, and the first to end.
SELECT DISTINCT ON (account_id) account_id, count(*) OVER (PARTITION BY account_id) AS found, id AS hold_id, expires_at
FROM redaction.holds
WHERE released_at IS NULL AND expires_at < :before
ORDER BY account_id, expires_at, id
