-- name: unfinished()
-- Returns by account the runs that have begun to change something and not succeeded, and since when; without those that
-- wait for approval, and those that failed in their strip and whose set a later run has redacted.
SELECT r.account_id, count(*) AS found, min(r.started_at) AS since
FROM redaction.runs r
WHERE r.state NOT IN ('succeeded', 'refused', 'abandoned', 'nothing_due') AND r.due_count > 0
  AND NOT EXISTS (SELECT FROM redaction.approvals q WHERE q.run_id = r.id AND q.approved IS NULL)
  AND (r.state IN ('stripped', 'erased', 'validated') OR r.failed_step NOT IN ('select', 'strip') OR EXISTS (
      SELECT FROM redaction.run_batches b CROSS JOIN LATERAL unnest(b.activity_ids) AS u (id)
      CROSS JOIN LATERAL (
          SELECT called_at FROM tracking.activity_identity WHERE account_id = r.account_id AND id = u.id OFFSET 0
      ) i
      CROSS JOIN LATERAL (
          SELECT FROM tracking.activities a
          WHERE a.account_id = r.account_id AND a.called_at = i.called_at AND a.id = u.id AND a.redacted_at IS NULL
          OFFSET 0
      ) a
      WHERE b.run_id = r.id
  ))
GROUP BY r.account_id ORDER BY r.account_id
