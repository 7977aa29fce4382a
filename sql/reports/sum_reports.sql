-- name: sum_reports(account_id)
-- Returns what each report counts on the collected days, and how many activities it leaves out since they are redacted.
{% set counted = {"sessions": "sessions", "tags": "activities) FILTER (WHERE tag IS NOT NULL", "contacts": "unique_contacts"} %}
WITH days AS MATERIALIZED (SELECT day FROM report_days WHERE NOT contacts_only)
{% for report in (
    "activity_by_source", "activity_by_number", "activity_by_status", "activity_by_hour", "call_flow",
    "sessions", "tags", "contacts"
) %}
SELECT '{{ report }}' AS report, coalesce(sum({{ counted.get(report, "activities") }}), 0)::bigint AS counted,
       {{ "coalesce(sum(missing), 0)::bigint" if report in counted else "0::bigint" }} AS missing
FROM reporting.{{ report }} WHERE account_id = :account_id AND day IN (SELECT day FROM days)
{{ "UNION ALL" if not loop.last }}
{% endfor %}
