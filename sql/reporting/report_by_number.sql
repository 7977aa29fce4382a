-- name: report_by_number(account_ids, first, last)
-- Returns activities by tracking number over some local days, largest numbers first.
SELECT tracking_number, tracking_label, sum(activities)::bigint AS activities, sum(redacted)::bigint AS redacted
FROM reporting.activity_by_number WHERE account_id = ANY(CAST(:account_ids AS bigint[])) AND day BETWEEN :first AND :last
GROUP BY tracking_number, tracking_label ORDER BY activities DESC, tracking_number
