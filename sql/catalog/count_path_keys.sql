-- name: count_path_keys(keys)
-- Returns how many activities, redacted or not, have one of some keys in their call path. Reads all activities.
SELECT count(*) AS activities
FROM tracking.activities a
WHERE jsonb_typeof(a.call_path) = 'array' AND EXISTS (
    SELECT FROM jsonb_array_elements(a.call_path) AS h (hop) WHERE h.hop ?| CAST(:keys AS text[])
)
