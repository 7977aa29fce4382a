-- name: inherit_run_days(run_id, account_id)
-- Adds the days of the account's failed runs to those of a new one, so that no day keeps old reports because the run
-- that changed it died. Days of a refused or abandoned run are added only until a later run has succeeded.
INSERT INTO redaction.run_days (run_id, day)
SELECT DISTINCT :run_id, d.day
FROM redaction.runs r JOIN redaction.run_days d ON d.run_id = r.id
WHERE r.account_id = :account_id AND r.id < :run_id AND r.state <> 'succeeded'
  AND NOT (r.state IN ('refused', 'abandoned') AND EXISTS (
      SELECT FROM redaction.runs s
      WHERE s.account_id = :account_id AND s.id > r.id AND s.state = 'succeeded' AND s.started_at > r.finished_at
  ))
ON CONFLICT DO NOTHING
