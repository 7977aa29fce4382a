-- name: inherit_run_days(run_id, account_id)
-- Adds the days of the account's unfinished runs to those of a new one, so that no day keeps its old reports because
-- the run that changed it died.
INSERT INTO redaction.run_days (run_id, day)
SELECT DISTINCT :run_id, d.day
FROM redaction.runs r JOIN redaction.run_days d ON d.run_id = r.id
WHERE r.account_id = :account_id AND r.id < :run_id AND r.state <> 'succeeded'
ON CONFLICT DO NOTHING
