-- name: find_asked_by_hand(account_id, ids)
-- Returns the manual runs of an account, other than those of requests, that take exactly these activities and were asked
-- about: those that wait, then those that were approved and have redacted nothing yet.
SELECT r.id, r.requested_by, q.approved IS NULL AS waits
FROM redaction.runs r JOIN redaction.approvals q ON q.run_id = r.id
WHERE r.account_id = :account_id AND r.kind = 'manual' AND r.state IN ('selected', 'failed') AND q.approved IS NOT FALSE
  AND NOT starts_with(coalesce(r.run_key, ''), 'request_')
  AND ARRAY(SELECT unnest(b.activity_ids) FROM redaction.run_batches b WHERE b.run_id = r.id ORDER BY 1)
      = ARRAY(SELECT DISTINCT unnest(CAST(:ids AS bigint[])) ORDER BY 1)
ORDER BY waits DESC, r.id
