-- name: report_by_day(account_ids, first, last)
-- Returns activities by local day, in order.
SELECT day, sum(activities)::bigint AS activities, sum(redacted)::bigint AS redacted
FROM reporting.activity_by_hour WHERE account_id = ANY(CAST(:account_ids AS bigint[])) AND day BETWEEN :first AND :last
GROUP BY day ORDER BY day
