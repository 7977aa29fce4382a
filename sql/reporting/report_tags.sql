-- name: report_tags(account_ids, first, last)
-- Returns activities by tag, largest numbers first; the row without a tag has the number of redacted ones that are left
-- out.
SELECT tag, sum(activities)::bigint AS activities, sum(missing)::bigint AS missing
FROM reporting.tags WHERE account_id = ANY(CAST(:account_ids AS bigint[])) AND day BETWEEN :first AND :last
GROUP BY tag ORDER BY activities DESC, tag
