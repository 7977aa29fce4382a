-- name: list_moving()
-- Returns by account the unfinished moves, and since when.
SELECT id AS account_id, 1 AS found, moving_since AS since
FROM tracking.accounts WHERE moving_since IS NOT NULL ORDER BY id
