-- name: unexpected_findings()
-- Returns the ids of the run's activities whose retained text named their own caller when they were stripped.
SELECT activity_id FROM redaction.run_findings
WHERE run_id = CAST(current_setting('redaction.run_id') AS bigint)
