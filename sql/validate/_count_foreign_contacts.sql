-- Counts rows of this session's run by kind, and those whose retained text holds a phone number or an e-mail address that
-- is not their own: normally the business's, therefore a warning alone. Texts repeat: each is looked at once. `rows` is
-- the view that shows them.
{% set every_name -%}
CAST(jsonb_path_query_array(a.call_path, '$[*].route_name') AS text)
{%- endset %}
SELECT coalesce(sum(t.rows), 0)::bigint AS rows,
       coalesce(sum(t.rows) FILTER (
           WHERE t.texts ~ '[0-9][0-9 ().+/-]{5,}[0-9]|[^@[:space:]]@[^@[:space:]]+\.[a-z]'
       ), 0)::bigint AS foreign_contacts,
       jsonb_strip_nulls(jsonb_build_object(
           {% for kind in ("call", "text", "chat", "form") %}'{{ kind }}', sum(t.rows) FILTER (WHERE t.kind = '{{ kind }}'){{ ", " if not loop.last }}{% endfor %}

       )) AS by_kind
FROM (
    SELECT s.kind, concat_ws(' | ', {% for column in scrubbed %}s.{{ column }}, {% endfor %}s.routes) AS texts, sum(s.rows) AS rows
    FROM (
        SELECT a.kind, {% for column in scrubbed %}a.{{ column }}, {% endfor %}

               -- As text, which groups in half the time of JSON. Most paths are one hop.
               CASE WHEN a.call_path -> 1 IS NULL
                    THEN coalesce(a.call_path #>> '{0,route_name}', {{ every_name }})
                    ELSE {{ every_name }} END AS routes,
               count(*) AS rows
        FROM redaction.{{ rows }} a
        GROUP BY 1, {% for column in scrubbed %}{{ loop.index + 1 }}, {% endfor %}{{ scrubbed | length + 2 }}

    ) s
    GROUP BY 1, 2
) t
