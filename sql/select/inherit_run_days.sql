-- name: inherit_run_days(run_id, account_id)
-- Adds the days of the account's runs that have not succeeded to those of a new one, so that no day keeps its old reports
-- because the run that changed it died. Of one that was refused or abandoned only until a run that began later succeeded.
INSERT INTO redaction.run_days (run_id, day)
SELECT DISTINCT :run_id, d.day
FROM redaction.runs r JOIN redaction.run_days d ON d.run_id = r.id
WHERE r.account_id = :account_id AND r.id < :run_id AND r.state <> 'succeeded'
  AND NOT (r.state IN ('refused', 'abandoned') AND EXISTS (
      SELECT FROM redaction.runs s
      WHERE s.account_id = :account_id AND s.id > r.id AND s.state = 'succeeded' AND s.started_at > r.finished_at
  ))
ON CONFLICT DO NOTHING
