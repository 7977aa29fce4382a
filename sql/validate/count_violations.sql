-- name: count_violations()
-- Counts, in one pass over the rows of this session's run, how many break each expectation; returns no value.
SELECT count(*) AS rows,
{% for column in personal %}
       count(a.{{ column }}) AS {{ column }},
{% endfor %}
{% for column in keys + state %}
       count(*) - count(a.{{ column }}) AS {{ column }},
{% endfor %}
       count(a.path_violation) AS path_violation,
       count(*) - count(a.called_at) AS called_at
FROM redaction.rows_of_run a
