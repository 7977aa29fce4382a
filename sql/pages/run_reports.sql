-- name: run_reports(run_id)
-- Returns what a run has changed in each report.
SELECT report, counted_before, counted_after, missing_before, missing_after
FROM redaction.run_reports WHERE run_id = :run_id ORDER BY report
