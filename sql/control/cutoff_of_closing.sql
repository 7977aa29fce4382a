-- name: cutoff_of_closing(account_id)
-- Returns an instant that is after every activity of an account that is not redacted, and not before now.
SELECT greatest(clock_timestamp(), max(a.called_at) + interval '1 microsecond') AS cutoff
FROM tracking.activities a WHERE a.account_id = :account_id AND a.redacted_at IS NULL
