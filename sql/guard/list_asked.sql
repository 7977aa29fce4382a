-- name: list_asked(run_key)
-- Returns the questions that Airflow put to people about the run of a key, or the runs below it, answered ones too.
SELECT q.run_id, q.approved
FROM redaction.approvals q JOIN redaction.runs r ON r.id = q.run_id
WHERE q.posed_at IS NOT NULL
  AND (r.run_key = CAST(:run_key AS text) OR starts_with(r.run_key, CAST(:run_key AS text) || '/'))
ORDER BY q.run_id
