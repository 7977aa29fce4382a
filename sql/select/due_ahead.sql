-- name: due_ahead(account_id, before)
-- Returns the activities of an account that were dated more than a day ahead when they were loaded, before an instant,
-- are still ahead of it, are not redacted, and are not held.
SELECT a.id
FROM tracking.future_activities f
CROSS JOIN LATERAL (
    -- The OFFSETs keep these as look-ups by key.
    SELECT called_at FROM tracking.activity_identity WHERE account_id = :account_id AND id = f.activity_id OFFSET 0
) i
CROSS JOIN LATERAL (
    SELECT a.id
    FROM tracking.activities a
    WHERE a.account_id = :account_id AND a.called_at = i.called_at AND a.id = f.activity_id AND a.redacted_at IS NULL
      AND a.called_at >= :before AND NOT {% include "select/_held.sql" %}

    OFFSET 0
) a
WHERE f.account_id = :account_id AND f.loaded_at < :before
ORDER BY a.id
