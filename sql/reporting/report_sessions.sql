-- name: report_sessions(account_ids, first, last)
-- Returns sessions of visitors by local day, and how many redacted activities are left out. NULL is unknown.
SELECT day, sum(sessions)::bigint AS sessions, sum(activities)::bigint AS activities, sum(missing)::bigint AS missing
FROM reporting.sessions_by_day
WHERE account_id = ANY(CAST(:account_ids AS bigint[])) AND day BETWEEN :first AND :last
GROUP BY day ORDER BY day
