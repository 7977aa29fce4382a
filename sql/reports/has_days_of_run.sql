-- name: has_days_of_run(run_id)
-- Says whether days of a run are among those collected so far.
SELECT EXISTS (SELECT FROM report_days JOIN redaction.run_days USING (day) WHERE run_id = :run_id) AS has_days
