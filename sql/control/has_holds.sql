-- name: has_holds(account_id)
-- Says whether anything of an account is held. Planning the search for held activities over all partitions takes
-- longer.
SELECT EXISTS (SELECT FROM redaction.holds WHERE account_id = :account_id AND released_at IS NULL) AS held
