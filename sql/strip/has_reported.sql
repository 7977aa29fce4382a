-- name: has_reported(account_id)
-- Has the source redacted anything of an account? To forget what is redacted here by now plans over all partitions, and nearly
-- never is there any.
SELECT EXISTS (SELECT FROM tracking.redacted_at_source WHERE account_id = :account_id) AS found
