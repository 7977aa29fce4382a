-- name: rebuild_tags(account_id)
-- Replaces the rows of the collected days: one a tag, an activity counting once for each of its tags. The row with the
-- tag NULL counts unredacted activities without a tag; only this row has the number of redacted ones that are missing.
WITH gone AS (
    DELETE FROM reporting.tags WHERE account_id = :account_id AND day IN (SELECT day FROM report_days)
), tagged AS MATERIALIZED (
    SELECT day, tags, sum(activities) - sum(redacted) AS living, sum(redacted) AS missing
    FROM report_rows
    WHERE part = 'rest'
    GROUP BY day, tags
)
INSERT INTO reporting.tags (account_id, day, tag, activities, missing)
SELECT :account_id, t.day, tag.name, sum(t.living), 0
FROM tagged t CROSS JOIN LATERAL (SELECT DISTINCT unnest(t.tags) AS name) tag
WHERE tag.name IS NOT NULL
GROUP BY t.day, tag.name
UNION ALL
SELECT :account_id, day, NULL, sum(living), sum(missing)
FROM tagged
WHERE coalesce(cardinality(array_remove(tags, NULL)), 0) = 0
GROUP BY day
