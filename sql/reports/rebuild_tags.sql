-- name: rebuild_tags(account_id)
-- Replaces the rows of the collected days: one a tag, an activity counting once for each of its tags; the row with the
-- tag NULL counts living activities without any, and alone carries how many redacted ones are missing.
WITH gone AS (
    DELETE FROM reporting.tags WHERE account_id = :account_id AND day IN (SELECT day FROM report_days)
)
INSERT INTO reporting.tags (account_id, day, tag, activities, missing)
SELECT :account_id, r.day, tag.name, count(*), 0
FROM report_rows r CROSS JOIN LATERAL (SELECT DISTINCT unnest(r.tags) AS name) tag
WHERE NOT r.redacted AND tag.name IS NOT NULL
GROUP BY r.day, tag.name
UNION ALL
SELECT :account_id, day, NULL, count(*) FILTER (WHERE NOT redacted), count(*) FILTER (WHERE redacted)
FROM report_rows
WHERE redacted OR coalesce(cardinality(array_remove(tags, NULL)), 0) = 0
GROUP BY day
