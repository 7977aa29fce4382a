-- name: rebuild_activity_by_own_field(account_id)
-- Replaces the rows of the collected days, a row for each value of a retained own field; redacted activities count, and
-- have a column of their own. NULL stays NULL. Without such a field there is no report, and nothing is done.
{% set counted = own | selectattr("retained") | list %}
{% if counted %}
WITH gone AS (
    DELETE FROM reporting.activity_by_own_field
    WHERE account_id = :account_id AND day IN (SELECT day FROM report_days)
)
INSERT INTO reporting.activity_by_own_field (account_id, day, field, value, activities, redacted)
SELECT :account_id, d.day, v.field, v.value, count(*), count(a.redacted_at)
FROM report_days d
JOIN tracking.activities a ON a.account_id = :account_id AND a.called_at >= d.start_at AND a.called_at < d.end_at
CROSS JOIN LATERAL (
    VALUES {% for field in counted %}('{{ field.field }}', CAST(a.{{ field.column }} AS text)){{ ", " if not loop.last }}{% endfor %}

) AS v (field, value)
GROUP BY d.day, v.field, v.value
{% else %}
SELECT WHERE false AND :account_id IS NULL
{% endif %}
