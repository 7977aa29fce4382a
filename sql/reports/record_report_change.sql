-- name: record_report_change(run_id, report, counted_before, counted_after, missing_before, missing_after)
-- Records what a run has changed in a report. A repeated rebuild keeps the values from before the first one.
INSERT INTO redaction.run_reports (run_id, report, counted_before, counted_after, missing_before, missing_after)
VALUES (:run_id, :report, :counted_before, :counted_after, :missing_before, :missing_after)
ON CONFLICT (run_id, report) DO UPDATE
SET counted_after = excluded.counted_after, missing_after = excluded.missing_after
