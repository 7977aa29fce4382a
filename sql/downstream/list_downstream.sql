-- name: list_downstream(account_id, run_id, done)
-- Returns what systems outside have received of redacted activities, oldest first; with `done` also what is erased
-- there.
SELECT d.id, d.run_id, d.account_id, d.integration_id, d.integration, d.activity_id, d.external_id, d.listed_at, d.done_by, d.done_at,
       CASE WHEN d.activity_id IS NULL THEN r.stripped_count ELSE 1 END AS activities
FROM redaction.downstream d JOIN redaction.runs r ON r.id = d.run_id
WHERE (CAST(:account_id AS bigint) IS NULL OR d.account_id = :account_id)
  AND (CAST(:run_id AS bigint) IS NULL OR d.run_id = :run_id)
  AND (CAST(:done AS boolean) OR d.done_at IS NULL) AND r.stripped_count > 0
ORDER BY d.id
