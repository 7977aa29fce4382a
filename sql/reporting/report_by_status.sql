-- name: report_by_status(account_ids, first, last)
-- Returns activities by kind and status over some local days, largest numbers first.
SELECT kind, status, sum(activities)::bigint AS activities, sum(redacted)::bigint AS redacted
FROM reporting.activity_by_status WHERE account_id = ANY(CAST(:account_ids AS bigint[])) AND day BETWEEN :first AND :last
GROUP BY kind, status ORDER BY activities DESC, kind, status
