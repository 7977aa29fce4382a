-- name: find_hold(hold_id)
-- Returns the account of a hold that is in force; no row if there is none.
SELECT account_id FROM redaction.holds WHERE id = :hold_id AND released_at IS NULL FOR UPDATE
