-- name: open_closings()
-- Returns the accounts that are closed to everybody and not empty yet, and since when.
SELECT a.id AS account_id, 1 AS found, a.closing_since AS since FROM tracking.accounts a
WHERE a.closing_since IS NOT NULL AND a.closed_at IS NULL ORDER BY a.id
