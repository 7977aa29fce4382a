-- name: redacted_by_unknown_runs()
-- Returns the runs that have redacted activities and whose record is gone, with the number of activities. Reads every
-- activity.
SELECT a.redaction_run_id AS run_id, a.account_id, count(*) AS activities
FROM tracking.activities a
WHERE a.redaction_run_id IS NOT NULL
  AND a.redaction_run_id NOT IN (SELECT id FROM redaction.runs)
GROUP BY a.redaction_run_id, a.account_id ORDER BY a.redaction_run_id, a.account_id
