-- name: dated_ahead()
-- Returns by account the activities that were dated more than a day ahead when they were loaded, are still ahead of now
-- and are not redacted, and when the first of them was loaded.
SELECT f.account_id, count(*) AS found, min(f.loaded_at) AS since
FROM tracking.future_activities f
JOIN tracking.accounts t ON t.id = f.account_id AND t.whereabouts = 'here'
CROSS JOIN LATERAL (
    -- The OFFSETs keep these as look-ups by key.
    SELECT called_at FROM tracking.activity_identity WHERE account_id = f.account_id AND id = f.activity_id OFFSET 0
) i
CROSS JOIN LATERAL (
    SELECT a.id FROM tracking.activities a
    WHERE a.account_id = f.account_id AND a.called_at = i.called_at AND a.id = f.activity_id AND a.redacted_at IS NULL
      AND a.called_at >= now()
    OFFSET 0
) a
GROUP BY f.account_id ORDER BY f.account_id
