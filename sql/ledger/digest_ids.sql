-- name: digest_ids(run_id)
-- Returns a digest (SHA-256) of the ids of a run's set in order, each as eight bytes.
SELECT encode(sha256(coalesce(string_agg(int8send(u.id), '' ORDER BY u.id), '')), 'hex') AS ids_digest
FROM (SELECT unnest(b.activity_ids) AS id FROM redaction.run_batches b WHERE b.run_id = :run_id) u
