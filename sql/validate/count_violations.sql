-- name: count_violations(most)
-- Counts, in one pass over the rows of this session's run, how many break each expectation; returns no value, but the ids
-- of the first activities whose retained values are not what their column says.
SELECT count(*) AS rows,
{% for column in personal %}
       count(a.{{ column }}) AS {{ column }},
{% endfor %}
{% for column in keys + state %}
       count(*) - count(a.{{ column }}) AS {{ column }},
{% endfor %}
{% for violation in ("path_violation", "number_violation") %}
       count(a.{{ violation }}) AS {{ violation }},
       (array_agg(a.id ORDER BY a.id) FILTER (WHERE a.{{ violation }}))[1 : CAST(:most AS integer)] AS {{ violation }}_ids,
{% endfor %}
       count(*) - count(a.called_at) AS called_at
FROM redaction.rows_of_run a
