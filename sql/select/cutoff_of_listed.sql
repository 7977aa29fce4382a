-- name: cutoff_of_listed(account_id, ids)
-- Returns an instant that is after all of some activities, and not before now: listed activities are redacted whatever
-- their age.
SELECT greatest(clock_timestamp(), max(i.called_at) + interval '1 microsecond') AS cutoff
FROM unnest(CAST(:ids AS bigint[])) AS u (id)
CROSS JOIN LATERAL (
    SELECT called_at FROM tracking.activity_identity WHERE account_id = :account_id AND id = u.id OFFSET 0
) i
