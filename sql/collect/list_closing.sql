-- name: list_closing(account_id)
-- Returns the accounts that are closed, or about to be, of all that are here or of one alone: nothing is fetched for them.
SELECT id, closing_since FROM tracking.accounts
WHERE closing_since IS NOT NULL AND (CAST(:account_id AS bigint) IS NULL OR id = :account_id)
ORDER BY id
