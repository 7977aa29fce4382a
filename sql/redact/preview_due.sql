-- name: preview_due(account_id, cutoff)
-- Counts by kind what a run at this cutoff would redact, its oldest activity and its recordings; changes nothing.
SELECT a.kind, count(*) AS activities, min(a.called_at) AS oldest, count(a.recording_url) AS recordings
FROM tracking.activities a
WHERE {% include "redact/_aged.sql" %}
GROUP BY a.kind
ORDER BY a.kind
