-- name: addresses_of_activities(account_ids, ids)
-- Returns the addresses of the objects of some activities, an account for each id; they are personal, for look-ups in
-- stores.
SELECT o.account_id, o.activity_id, o.address
FROM unnest(CAST(:account_ids AS bigint[]), CAST(:ids AS bigint[])) AS u (account_id, id)
JOIN tracking.objects o ON o.account_id = u.account_id AND o.activity_id = u.id
ORDER BY o.account_id, o.activity_id, o.id
