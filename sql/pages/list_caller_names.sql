-- name: list_caller_names(account_id, ids, most)
-- Returns the different names of the callers of some activities, up to `most`, for an administrator to see whether they
-- share a number.
SELECT DISTINCT ON (lower(btrim(a.caller_name))) btrim(a.caller_name) AS name
FROM unnest(CAST(:ids AS bigint[])) AS u (id)
CROSS JOIN LATERAL (
    SELECT called_at FROM tracking.activity_identity WHERE account_id = :account_id AND id = u.id OFFSET 0
) i
CROSS JOIN LATERAL (
    SELECT a.caller_name FROM tracking.activities a
    WHERE a.account_id = :account_id AND a.called_at = i.called_at AND a.id = u.id OFFSET 0
) a
WHERE btrim(a.caller_name) <> ''
ORDER BY lower(btrim(a.caller_name)) LIMIT :most
