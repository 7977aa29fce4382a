-- name: preview_due(account_id, cutoff)
-- Counts by kind what a run at this cutoff would redact, its oldest activity and its objects, and what a hold keeps
-- from it; changes nothing. One pass reads all of it.
SELECT a.kind, count(*) FILTER (WHERE NOT a.held) AS activities, count(*) FILTER (WHERE a.held) AS held,
       min(a.called_at) FILTER (WHERE NOT a.held) AS oldest,
       coalesce(sum(o.objects) FILTER (WHERE NOT a.held), 0)::bigint AS objects
FROM (
    SELECT a.id, a.kind, a.called_at, {% include "select/_held.sql" %} AS held
    FROM tracking.activities a
    WHERE {% with holds = false %}{% include "select/_aged.sql" %}{% endwith %}

    OFFSET 0
) a
LEFT JOIN (
    SELECT activity_id, count(*) AS objects FROM tracking.objects WHERE account_id = :account_id GROUP BY activity_id
) o ON o.activity_id = a.id
GROUP BY a.kind
ORDER BY a.kind
