-- name: preview_due(account_id, cutoff)
-- Counts by kind what a run at this cutoff would redact, its oldest activity and its objects; changes nothing.
SELECT a.kind, count(*) AS activities, min(a.called_at) AS oldest, coalesce(sum((
           SELECT count(*) FROM tracking.objects o WHERE o.account_id = :account_id AND o.activity_id = a.id
       )), 0)::bigint AS objects
FROM tracking.activities a
WHERE {% include "select/_aged.sql" %}
GROUP BY a.kind
ORDER BY a.kind
