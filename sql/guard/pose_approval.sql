-- name: pose_approval(run_id)
-- Records that the question about a run is put to people in Airflow.
UPDATE redaction.approvals SET posed_at = clock_timestamp() WHERE run_id = :run_id AND approved IS NULL
