-- name: 0024_posed()
-- When a question about a run was put to people in Airflow: an answer there is one to the runs of the question alone.
ALTER TABLE redaction.approvals ADD COLUMN posed_at timestamptz;
