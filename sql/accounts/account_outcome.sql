-- name: account_outcome(account_id)
-- Returns what the runs of an account stripped, what remains of those rows, and the sums of its reports.
SELECT coalesce(sum(r.stripped_count), 0)::bigint AS stripped,
       (SELECT count(*) FROM tracking.activities WHERE account_id = :account_id AND redacted_at IS NOT NULL) AS retained,
       coalesce(sum((r.objects ->> 'deleted')::bigint), 0)::bigint AS objects,
       coalesce(max(r.erasure_level), 'none') AS level,
       (SELECT coalesce(sum(activities), 0)::bigint FROM reporting.activity_by_source WHERE account_id = :account_id) AS reported,
       (SELECT coalesce(sum(redacted), 0)::bigint FROM reporting.activity_by_source WHERE account_id = :account_id) AS of_them_redacted,
       (SELECT coalesce(sum(sessions), 0)::bigint FROM reporting.sessions WHERE account_id = :account_id) AS sessions,
       (SELECT coalesce(sum(missing), 0)::bigint FROM reporting.contacts WHERE account_id = :account_id) AS missing
FROM redaction.runs r
WHERE r.account_id = :account_id AND r.state = 'succeeded'
