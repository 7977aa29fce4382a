-- name: preview_due(account_id, cutoff)
-- Counts by kind what a run at this cutoff would redact, its oldest activity and its objects, and what a hold keeps from
-- it; changes nothing. Without a hold in force all of it stands in indexes; only what may be held is read as a row.
{% set holds_any %}EXISTS (SELECT FROM redaction.holds h WHERE h.account_id = :account_id AND h.released_at IS NULL){% endset %}
{% set aged %}{% with holds = false %}{% include "select/_aged.sql" %}{% endwith %}{% endset %}
SELECT f.kind, f.activities, f.held, f.oldest, coalesce(o.objects, 0) AS objects
FROM (
    SELECT a.kind, count(*) AS activities, CAST(0 AS bigint) AS held, min(a.called_at) AS oldest
    FROM tracking.activities a
    WHERE NOT {{ holds_any }} AND {{ aged }}
    GROUP BY a.kind
) f
LEFT JOIN (
    SELECT a.kind, count(*) AS objects
    FROM tracking.activities a
    JOIN tracking.objects o ON o.account_id = :account_id AND o.activity_id = a.id
    WHERE NOT {{ holds_any }} AND {{ aged }}
    GROUP BY a.kind
) o ON o.kind = f.kind
UNION ALL
SELECT a.kind, count(*) FILTER (WHERE NOT a.held), count(*) FILTER (WHERE a.held), min(a.called_at) FILTER (WHERE NOT a.held),
       CAST(coalesce(sum(o.objects) FILTER (WHERE NOT a.held), 0) AS bigint)
FROM (
    SELECT a.id, a.kind, a.called_at, {% include "select/_held.sql" %} AS held
    FROM tracking.activities a
    WHERE {{ holds_any }} AND {{ aged }}
    OFFSET 0
) a
LEFT JOIN (
    SELECT activity_id, count(*) AS objects FROM tracking.objects WHERE account_id = :account_id GROUP BY activity_id
) o ON o.activity_id = a.id
GROUP BY a.kind
ORDER BY kind
