-- name: count_rows_of_run(run_id, account_id)
-- Counts by report the rows of the local days that a run changes.
{% from "reports/_tables.sql" import tables with context %}
{% for report, _ in tables %}
SELECT '{{ report }}' AS report, count(*) AS rows
FROM reporting.{{ report }} r JOIN redaction.run_days d USING (day)
WHERE r.account_id = :account_id AND d.run_id = :run_id
{{ "UNION ALL" if not loop.last }}
{% endfor %}
