-- name: describe_begun_run(run_id)
-- Returns what a run is about to do: account, cutoff, requester and reason, the ids of a manual request.
SELECT r.id AS run_id, r.account_id, r.kind, r.cutoff, r.recordings_cutoff, r.started_at, coalesce(r.requested_by, r.policy, r.trigger) AS actor,
       r.reason, CASE WHEN r.kind NOT IN ('automatic', 'closing') THEN ARRAY(
           SELECT u.id FROM redaction.run_batches b CROSS JOIN LATERAL unnest(b.activity_ids) AS u (id)
           WHERE b.run_id = r.id ORDER BY u.id
       ) END AS ids
FROM redaction.runs r WHERE r.id = :run_id
