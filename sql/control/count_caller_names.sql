-- name: count_caller_names(account_id, ids)
-- Counts the different names that the callers of some activities have: more than one may be a shared number.
SELECT count(DISTINCT lower(btrim(a.caller_name))) AS names
FROM unnest(CAST(:ids AS bigint[])) AS u (id)
CROSS JOIN LATERAL (
    SELECT called_at FROM tracking.activity_identity WHERE account_id = :account_id AND id = u.id OFFSET 0
) i
CROSS JOIN LATERAL (
    SELECT a.caller_name FROM tracking.activities a
    WHERE a.account_id = :account_id AND a.called_at = i.called_at AND a.id = u.id OFFSET 0
) a
