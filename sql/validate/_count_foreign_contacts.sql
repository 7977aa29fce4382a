-- Counts rows of this session's run by kind, and rows whose retained text has a phone number or an e-mail address that
-- may be a person's: it is not the account's own, and nobody has decided to keep it. Only a warning. Undecided texts
-- are counted, and recorded by their digests. Texts repeat: each is checked once. `rows` is the view that shows them.
WITH grouped AS MATERIALIZED (
    SELECT a.kind, {% for column in scrubbed %}a.{{ column }}, {% endfor %}

           -- As text, which groups in half the time of JSON. Most paths are one hop.
           CASE WHEN a.call_path -> 1 IS NULL THEN a.call_path #>> '{0,route_name}' END AS route,
           CASE WHEN a.call_path -> 1 IS NOT NULL
                THEN CAST(jsonb_path_query_array(a.call_path, '$[*].route_name') AS text) END AS routes,
           count(*) AS rows
    FROM redaction.{{ rows }} a
    GROUP BY 1, {% for column in scrubbed %}{{ loop.index + 1 }}, {% endfor %}{{ scrubbed | length + 2 }}, {{ scrubbed | length + 3 }}

), numbered AS MATERIALIZED (
    SELECT row_number() OVER () AS number, g.* FROM grouped g
), texts AS MATERIALIZED (
    SELECT n.number, t.text
    FROM numbered n
    CROSS JOIN LATERAL (
        VALUES {% for column in scrubbed %}(n.{{ column }}), {% endfor %}(n.route)
        UNION ALL
        SELECT r.name FROM jsonb_array_elements_text(CAST(n.routes AS jsonb)) AS r (name)
    ) AS t (text)
    WHERE t.text ~ '[0-9@%&]|=\?|[^ -~]'
), undecided AS MATERIALIZED (
    SELECT t.text, redaction.digest_text(t.text, k.key) AS digest
    FROM (SELECT DISTINCT text FROM texts) t
    CROSS JOIN (SELECT redaction.own_numbers(:account_id) AS numbers) own
    CROSS JOIN (SELECT redaction.text_key(:account_id) AS key) k
    WHERE redaction.may_name_somebody(t.text, own.numbers)
      AND NOT EXISTS (
          SELECT FROM redaction.text_decisions d
          WHERE d.account_id = :account_id AND d.digest = redaction.digest_text(t.text, k.key) AND d.decision = 'keep'
      )
), noted AS (
    INSERT INTO redaction.undecided_texts (account_id, digest)
    SELECT :account_id, u.digest FROM undecided u ORDER BY 2
    ON CONFLICT DO NOTHING
)
SELECT coalesce(sum(n.rows), 0)::bigint AS rows,
       coalesce(sum(n.rows) FILTER (
           WHERE n.number IN (SELECT t.number FROM texts t JOIN undecided u ON u.text = t.text)
       ), 0)::bigint AS foreign_contacts,
       (SELECT count(*) FROM undecided) AS undecided_texts,
       jsonb_strip_nulls(jsonb_build_object(
           {% for kind in ("call", "text", "chat", "form") %}'{{ kind }}', sum(n.rows) FILTER (WHERE n.kind = '{{ kind }}'){{ ", " if not loop.last }}{% endfor %}

       )) AS by_kind
FROM numbered n
