-- name: count_unlisted(fields)
-- Returns how many activities that are not redacted have one of some fields in `unlisted`. Reads all activities.
SELECT count(*) AS activities
FROM tracking.activities a
WHERE a.redacted_at IS NULL AND a.unlisted ?| CAST(:fields AS text[]) AND jsonb_typeof(a.unlisted) = 'object'
