-- name: forget_reported(run_id, account_id)
-- Forgets the reports of redaction at the source for activities of a run's set that are redacted here by now.
DELETE FROM tracking.redacted_at_source s
USING redaction.run_batches b CROSS JOIN LATERAL unnest(b.activity_ids) AS u (id)
WHERE s.account_id = :account_id AND s.activity_id = u.id AND b.run_id = :run_id
  AND EXISTS (
      SELECT FROM tracking.activity_identity i
      JOIN tracking.activities a ON a.account_id = i.account_id AND a.called_at = i.called_at AND a.id = i.id
      WHERE i.account_id = :account_id AND i.id = u.id AND a.redacted_at IS NOT NULL
  )
