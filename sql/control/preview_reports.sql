-- name: preview_reports(account_id, ids)
-- Returns the reports that the redaction of some activities changes, a row a report and local day: its rows, and how
-- many activities it shows as redacted (or as missing, if it leaves them out), now and afterwards.
{% from "reports/_tables.sql" import tables, own_once with context %}
WITH listed AS MATERIALIZED (
    SELECT (a.called_at AT TIME ZONE t.timezone)::date AS day, count(*) AS activities,
           sum((
               SELECT count(DISTINCT (hop -> 'route_name', hop -> 'route_type'))
               FROM jsonb_array_elements(CASE jsonb_typeof(a.call_path) WHEN 'array' THEN a.call_path ELSE '[]' END) AS hop
           )) AS routes
    FROM unnest(CAST(:ids AS bigint[])) AS u (id)
    CROSS JOIN LATERAL (
        SELECT called_at FROM tracking.activity_identity WHERE account_id = :account_id AND id = u.id OFFSET 0
    ) i
    CROSS JOIN LATERAL (
        SELECT a.called_at, a.call_path FROM tracking.activities a
        WHERE a.account_id = :account_id AND a.called_at = i.called_at AND a.id = u.id OFFSET 0
    ) a
    JOIN tracking.accounts t ON t.id = :account_id
    GROUP BY 1
)
SELECT report, day, rows, CAST(before AS bigint) AS before, CAST(before + more AS bigint) AS after
FROM (
{% for report, said in tables %}
{% set more = "routes" if report == "call_flow" else "activities" %}
    SELECT {{ loop.index }} AS place, '{{ report }}' AS report, l.day, count(r.account_id) AS rows,
           coalesce(sum(r.{{ said }}){{ own_once if report == "activity_by_own_field" }}, 0) AS before, l.{{ more }} AS more
    FROM listed l LEFT JOIN reporting.{{ report }} r ON r.account_id = :account_id AND r.day = l.day
    GROUP BY l.day, l.{{ more }}
{{ "    UNION ALL" if not loop.last }}
{% endfor %}
) changes
ORDER BY place, day
