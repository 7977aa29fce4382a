-- name: open_holds()
-- Returns by account the holds in force, and since when the oldest is.
SELECT account_id, count(*) AS found, min(placed_at) AS since
FROM redaction.holds WHERE released_at IS NULL GROUP BY account_id ORDER BY account_id
