-- name: mark_moved_days()
-- Marks the days of the activities that a batch will update; inserted ones are marked by the table itself.
INSERT INTO reporting.stale_days (account_id, day)
SELECT DISTINCT i.account_id, (i.called_at AT TIME ZONE t.timezone)::date
FROM staging s
CROSS JOIN LATERAL (
    SELECT account_id, called_at FROM tracking.activity_identity
    WHERE account_id = s.account_id AND id = s.id
    OFFSET 0
) i
JOIN tracking.accounts t ON t.id = i.account_id
ORDER BY 1, 2
ON CONFLICT (account_id, day) DO UPDATE SET day = excluded.day
