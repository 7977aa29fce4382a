-- name: forget_recordings(run_id, ids)
-- Forgets the addresses of recordings that are gone, and counts them in the run.
WITH gone AS (
    DELETE FROM redaction.recordings_due WHERE id = ANY(:ids) RETURNING 1
)
UPDATE redaction.runs SET recordings_deleted = recordings_deleted + (SELECT count(*) FROM gone) WHERE id = :run_id
