-- name: report_by_own_field(account_ids, first, last)
-- Returns activities by each retained own field and its value over some local days, for each field largest numbers
-- first.
SELECT concat(field, ': ', coalesce(value, 'no value')) AS value,
       sum(activities)::bigint AS activities, sum(redacted)::bigint AS redacted
FROM reporting.activity_by_own_field
WHERE account_id = ANY(CAST(:account_ids AS bigint[])) AND day BETWEEN :first AND :last
GROUP BY field, value ORDER BY field, activities DESC, value
