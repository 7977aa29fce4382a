-- name: find_text_activities(account_id, digests, called_at, id, most)
-- Returns some of the activities of an account with a text of these digests, in the order of their key, after a given
-- one: in which columns, and whether a legal hold keeps them.
SELECT a.called_at, a.id, f.columns, a.redacted_at IS NULL AND {% include "select/_held.sql" %} AS held
FROM tracking.activities a
CROSS JOIN (SELECT redaction.text_key(:account_id) AS key) k
CROSS JOIN LATERAL (
    SELECT array_remove(ARRAY[
        {% for column in scrubbed %}CASE WHEN redaction.digest_text(a.{{ column }}, k.key) = ANY(CAST(:digests AS bytea[])) THEN '{{ column[1:-1] }}' END,
        {% endfor %}

        CASE WHEN EXISTS (
            SELECT FROM jsonb_path_query(a.call_path, '$[*].route_name') AS r (name)
            WHERE redaction.digest_text(r.name #>> '{}', k.key) = ANY(CAST(:digests AS bytea[]))
        ) THEN 'call_path' END
    ], NULL) AS columns
    OFFSET 0
) f
WHERE a.account_id = :account_id AND (a.called_at, a.id) > (CAST(:called_at AS timestamptz), CAST(:id AS bigint))
  AND f.columns <> '{}'
ORDER BY a.called_at, a.id
LIMIT :most
