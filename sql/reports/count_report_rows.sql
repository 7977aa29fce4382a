-- name: count_report_rows(account_id, cutoff)
-- Counts by report the rows of the days of due activities: a run at this cutoff rebuilds these days.
{% from "reports/_tables.sql" import tables with context %}
WITH days AS MATERIALIZED (
    SELECT DISTINCT (a.called_at AT TIME ZONE t.timezone)::date AS day
    FROM tracking.activities a JOIN tracking.accounts t ON t.id = a.account_id
    WHERE {% include "select/_aged.sql" %}

)
{% for report, _ in tables %}
SELECT '{{ report }}' AS report, count(*) AS rows
FROM reporting.{{ report }} r JOIN days USING (day) WHERE r.account_id = :account_id
{{ "UNION ALL" if not loop.last }}
{% endfor %}
