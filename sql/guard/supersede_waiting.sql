-- name: supersede_waiting(run_id, account_id, cutoff, recordings_cutoff)
-- Returns the automatic runs of an account that wait for approval and that a later run covers: it asks for their sets
-- again.
SELECT r.id
FROM redaction.runs r JOIN redaction.approvals q ON q.run_id = r.id
WHERE r.account_id = :account_id AND r.id <> :run_id AND r.cutoff <= :cutoff
  AND coalesce(r.recordings_cutoff, '-infinity') <= coalesce(CAST(:recordings_cutoff AS timestamptz), '-infinity')
  AND (r.cutoff < :cutoff OR r.recordings_cutoff < :recordings_cutoff) AND r.kind = 'automatic'
  AND r.state IN ('selected', 'failed') AND q.approved IS NULL
ORDER BY r.id
