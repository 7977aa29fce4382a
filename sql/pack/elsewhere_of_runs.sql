-- name: elsewhere_of_runs(account_ids, since, until)
-- Returns, for runs of some accounts that were recorded in a period, what other systems have received, and what people
-- have marked as erased there: counts by run and system, never the ids of records.
SELECT d.account_id, d.run_id, d.integration,
       sum(CASE WHEN d.activity_id IS NULL THEN r.stripped_count ELSE 1 END)::bigint AS activities,
       sum(CASE WHEN d.done_at IS NOT NULL THEN 0 WHEN d.activity_id IS NULL THEN r.stripped_count ELSE 1 END)::bigint AS left,
       max(d.done_at) AS last_marked_at, max(d.done_by) AS last_marked_by
FROM redaction.downstream d
JOIN redaction.runs r ON r.id = d.run_id
WHERE d.account_id = ANY (CAST(:account_ids AS bigint[])) AND d.listed_at >= :since AND d.listed_at < :until
  AND r.stripped_count > 0
GROUP BY d.account_id, d.run_id, d.integration
ORDER BY d.run_id, d.integration
