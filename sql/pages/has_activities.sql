-- name: has_activities(account_id)
-- Returns a row if an account has any activity, redacted ones too.
SELECT a.id FROM tracking.activity_identity a WHERE a.account_id = :account_id LIMIT 1
