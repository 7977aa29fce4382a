-- name: runs_of_request(account_ids, prefix)
-- Returns the runs of some accounts that were begun under keys with a prefix, oldest first.
SELECT r.id, r.account_id, r.state, r.due_count, r.stripped_count,
       EXISTS (SELECT FROM redaction.approvals q WHERE q.run_id = r.id AND q.approved IS NOT TRUE) AS waits
FROM redaction.runs r
WHERE r.account_id = ANY(CAST(:account_ids AS bigint[])) AND r.kind IN ('manual', 'replay')
  AND starts_with(r.run_key, :prefix)
ORDER BY r.id
