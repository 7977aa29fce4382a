-- name: report_by_hour(account_ids, first, last)
-- Returns activities by local hour and day of the week (1 Monday, 7 Sunday).
SELECT extract(isodow FROM day)::int AS weekday, hour, sum(activities)::bigint AS activities, sum(redacted)::bigint AS redacted
FROM reporting.activity_by_hour WHERE account_id = ANY(CAST(:account_ids AS bigint[])) AND day BETWEEN :first AND :last
GROUP BY weekday, hour ORDER BY weekday, hour
