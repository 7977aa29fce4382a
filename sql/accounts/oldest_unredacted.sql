-- name: oldest_unredacted(account_id)
-- Returns the time of the account's oldest activity that is not redacted, NULL if there is none.
SELECT min(called_at) AS oldest FROM tracking.activities WHERE account_id = :account_id AND redacted_at IS NULL
