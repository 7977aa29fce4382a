-- Counts rows of this session's run by kind, and those whose retained text holds a phone number or an e-mail address that
-- is not their own: normally the business's, therefore a warning alone. Texts repeat: each is looked at once. `rows` is
-- the view that shows them.
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

               {% include "redact/_route_names.sql" %} AS routes,
               count(*) AS rows
        FROM redaction.{{ rows }} a
        GROUP BY 1, {% for column in scrubbed %}{{ loop.index + 1 }}, {% endfor %}{{ scrubbed | length + 2 }}

    ) s
    GROUP BY 1, 2
) t
