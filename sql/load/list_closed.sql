-- name: list_closed(accounts)
-- Returns those of some accounts that are closed or being closed, and since when: nothing is loaded into them.
SELECT id, closing_since FROM tracking.accounts
WHERE id = ANY(CAST(:accounts AS bigint[])) AND closing_since IS NOT NULL ORDER BY id
