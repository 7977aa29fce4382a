-- name: report_by_source(account_ids, first, last)
-- Returns activities by tracking source over some local days, largest numbers first.
SELECT source, sum(activities)::bigint AS activities, sum(redacted)::bigint AS redacted
FROM reporting.activity_by_source WHERE account_id = ANY(CAST(:account_ids AS bigint[])) AND day BETWEEN :first AND :last
GROUP BY source ORDER BY activities DESC, source
