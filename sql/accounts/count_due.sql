-- name: count_due(account_id, cutoff)
-- Counts the activities that a run at this cutoff would redact, and those that it would redact without holds.
SELECT count(*) FILTER (WHERE NOT a.held) AS due, count(*) FILTER (WHERE a.held) AS held
FROM (
    SELECT {% include "select/_held.sql" %} AS held
    FROM tracking.activities a
    WHERE {% with holds = false %}{% include "select/_aged.sql" %}{% endwith %}

    OFFSET 0
) a
