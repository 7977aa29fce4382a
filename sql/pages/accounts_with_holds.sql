-- name: accounts_with_holds(account_ids)
-- Returns those of some accounts that have a hold in force.
SELECT DISTINCT h.account_id FROM redaction.holds h
WHERE h.account_id = ANY (CAST(:account_ids AS bigint[])) AND h.released_at IS NULL
