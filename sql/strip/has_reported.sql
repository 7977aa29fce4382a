-- name: has_reported(account_id)
-- Says whether the source has redacted anything of an account. Forgetting what is redacted here by now plans over all
-- partitions, and almost never finds any.
SELECT EXISTS (SELECT FROM tracking.redacted_at_source WHERE account_id = :account_id) AS found
