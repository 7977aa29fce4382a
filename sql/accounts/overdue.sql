-- name: overdue(account_id, cutoff)
-- Returns how many activities should have been redacted by a run at this cutoff and are not held, and the oldest of them.
SELECT count(*) AS overdue, min(a.called_at) AS overdue_since
FROM tracking.activities a
WHERE {% include "redact/_aged.sql" %}
