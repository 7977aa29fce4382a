-- name: has_holds(account_id)
-- Is anything of an account held? What is held is then looked for; to plan that over all partitions takes longer than this.
SELECT EXISTS (SELECT FROM redaction.holds WHERE account_id = :account_id AND released_at IS NULL) AS held
