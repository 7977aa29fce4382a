-- name: report_tags(account_ids, first, last)
-- Returns activities by tag, the most first; the row without a tag carries how many redacted ones are not counted.
SELECT tag, sum(activities)::bigint AS activities, sum(missing)::bigint AS missing
FROM reporting.tags WHERE account_id = ANY(CAST(:account_ids AS bigint[])) AND day BETWEEN :first AND :last
GROUP BY tag ORDER BY activities DESC, tag
