-- name: list_leaving(accounts)
-- Returns those of some accounts into which nothing must be loaded here: they are leaving, or have left.
SELECT id FROM tracking.accounts
WHERE id = ANY(CAST(:accounts AS bigint[])) AND whereabouts IN ('leaving', 'left', 'arriving') ORDER BY id
