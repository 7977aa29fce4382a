-- name: report_call_flow(account_ids, first, last)
-- Returns activities by their routes, largest numbers first.
SELECT route_name, route_type, sum(activities)::bigint AS activities, sum(redacted)::bigint AS redacted
FROM reporting.call_flow WHERE account_id = ANY(CAST(:account_ids AS bigint[])) AND day BETWEEN :first AND :last
GROUP BY route_name, route_type ORDER BY activities DESC, route_name
