-- name: mark_done(run_id, integration_id, activity_id, done_by)
-- Marks as erased what an integration (NULL: every one) has received of a run, or of one activity of it; the ids of its
-- records there are forgotten. Returns what was open, by account and integration.
UPDATE redaction.downstream
SET done_by = :done_by, done_at = clock_timestamp(), external_id = NULL
WHERE run_id = :run_id AND done_at IS NULL
  AND (CAST(:integration_id AS bigint) IS NULL OR integration_id = :integration_id)
  AND (CAST(:activity_id AS bigint) IS NULL OR activity_id = :activity_id)
RETURNING account_id, integration_id, integration
