-- name: sum_reports(run_id, account_id)
-- Returns what each report counts on the days of a run, and how many redacted activities it leaves out.
{% from "reports/_tables.sql" import tables, own_once with context %}
{% set counted = {"sessions": "sessions", "tags": "activities) FILTER (WHERE tag IS NOT NULL", "contacts": "unique_contacts"} %}
WITH days AS MATERIALIZED (
    SELECT day FROM report_days JOIN redaction.run_days USING (day) WHERE run_id = :run_id AND NOT contacts_only
)
{% for report, said in tables %}
SELECT '{{ report }}' AS report, coalesce(sum({{ counted.get(report, "activities") }}){{ own_once if report == "activity_by_own_field" }}, 0)::bigint AS counted,
       {{ "coalesce(sum(missing), 0)::bigint" if said == "missing" else "0::bigint" }} AS missing
FROM reporting.{{ report }} WHERE account_id = :account_id AND day IN (SELECT day FROM days)
{{ "UNION ALL" if not loop.last }}
{% endfor %}
