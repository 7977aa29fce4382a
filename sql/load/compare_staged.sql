-- name: compare_staged()
-- Compares the staged activities with those that are here, some at a time, which bounds the memory. Returns how many are
-- here as they were sent, which are redacted, and the others, as array literals.
SELECT count(*) FILTER (WHERE c.is_same AND NOT c.is_redacted) AS same,
       coalesce(array_agg(c.sent_account) FILTER (WHERE c.is_redacted), '{}') AS accounts,
       coalesce(array_agg(c.sent_id) FILTER (WHERE c.is_redacted), '{}') AS ids,
       CAST(array_agg(c.sent_account) FILTER (WHERE NOT c.is_redacted AND NOT c.is_same) AS text) AS other_accounts,
       CAST(array_agg(c.sent_id) FILTER (WHERE NOT c.is_redacted AND NOT c.is_same) AS text) AS other_ids
FROM (
    SELECT array_agg(ROW({% for column in copied %}n.{{ column }}{{ ", " if not loop.last }}{% endfor %})::tracking.sent_activity) AS sent
    FROM (SELECT s.*, row_number() OVER () / 2000 AS part FROM staging s) n
    GROUP BY n.part
) g
CROSS JOIN LATERAL tracking.compare_activities(g.sent) c
