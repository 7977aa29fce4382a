-- name: list_findings(run_id, most)
-- Returns ids of activities of a run whose retained text named their own caller.
SELECT activity_id FROM redaction.run_findings WHERE run_id = :run_id ORDER BY activity_id LIMIT :most
