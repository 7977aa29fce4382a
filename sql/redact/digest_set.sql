-- name: digest_set(run_id)
-- Counts and digests the set of a run and writes both into its record; equal sets have equal digests in any order.
UPDATE redaction.runs r
SET due_count = s.due_count, digest = s.digest
FROM (
    SELECT count(*) AS due_count,
           coalesce(sum(hash_record_extended(ROW(account_id, activity_id), 0)::numeric), 0) AS digest
    FROM redaction.run_activities WHERE run_id = :run_id
) s
WHERE r.id = :run_id
RETURNING r.due_count
