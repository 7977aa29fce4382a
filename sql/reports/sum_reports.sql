-- name: sum_reports(account_id)
-- Returns what each report counts on the collected days, and how many activities it leaves out since they are redacted.
WITH days AS MATERIALIZED (SELECT day FROM report_days WHERE NOT contacts_only)
SELECT 'activity_by_source' AS report, coalesce(sum(activities), 0)::bigint AS counted, 0::bigint AS missing
FROM reporting.activity_by_source WHERE account_id = :account_id AND day IN (SELECT day FROM days)
UNION ALL
SELECT 'activity_by_number', coalesce(sum(activities), 0)::bigint, 0
FROM reporting.activity_by_number WHERE account_id = :account_id AND day IN (SELECT day FROM days)
UNION ALL
SELECT 'activity_by_status', coalesce(sum(activities), 0)::bigint, 0
FROM reporting.activity_by_status WHERE account_id = :account_id AND day IN (SELECT day FROM days)
UNION ALL
SELECT 'activity_by_hour', coalesce(sum(activities), 0)::bigint, 0
FROM reporting.activity_by_hour WHERE account_id = :account_id AND day IN (SELECT day FROM days)
UNION ALL
SELECT 'call_flow', coalesce(sum(activities), 0)::bigint, 0
FROM reporting.call_flow WHERE account_id = :account_id AND day IN (SELECT day FROM days)
UNION ALL
SELECT 'sessions', coalesce(sum(sessions), 0)::bigint, coalesce(sum(missing), 0)::bigint
FROM reporting.sessions WHERE account_id = :account_id AND day IN (SELECT day FROM days)
UNION ALL
SELECT 'tags', coalesce(sum(activities) FILTER (WHERE tag IS NOT NULL), 0)::bigint, coalesce(sum(missing), 0)::bigint
FROM reporting.tags WHERE account_id = :account_id AND day IN (SELECT day FROM days)
UNION ALL
SELECT 'contacts', coalesce(sum(unique_contacts), 0)::bigint, coalesce(sum(missing), 0)::bigint
FROM reporting.contacts WHERE account_id = :account_id AND day IN (SELECT day FROM days)
