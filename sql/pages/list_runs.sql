-- name: list_runs(account_id, before, most)
-- Returns the newest runs of an account (NULL: of all) with ids below the given one, in descending order, and whether
-- each waits for approval.
SELECT r.id, r.account_id, r.kind, r.state, r.policy, r.requested_by, r.cutoff, r.run_key, r.due_count, r.stripped_count,
       r.erasure_level, r.failed_step, r.failure, r.started_at, r.finished_at,
       EXISTS (SELECT FROM redaction.ledger l WHERE l.run_id = r.id) AS in_ledger,
       r.state IN ('selected', 'failed') AND EXISTS (
           SELECT FROM redaction.approvals q WHERE q.run_id = r.id AND q.approved IS NULL
       ) AS waits
FROM redaction.runs r
WHERE (CAST(:account_id AS bigint) IS NULL OR r.account_id = :account_id)
  AND (CAST(:before AS bigint) IS NULL OR r.id < :before)
ORDER BY r.id DESC LIMIT :most
