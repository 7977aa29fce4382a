-- name: run_facts(run_id)
-- Returns the facts of a run for the ledger: person or policy, reason, counts, the ids of a manual request. `held` says
-- whether an automatic run left anything because of holds: none, some (`ids_left_held`), or all of the account. No fact
-- is a personal value.
SELECT r.account_id, coalesce(r.requested_by, r.policy, r.trigger) AS actor, r.reason, r.requested_by, r.policy, r.kind,
       r.cutoff, r.started_at, r.finished_at, r.due_count, r.stripped_count, r.by_kind, r.by_category, r.objects, r.validation,
       r.recordings_cutoff, r.recordings_due, r.recordings_taken,
       CASE WHEN r.kind NOT IN ('automatic', 'closing') THEN ARRAY(
           SELECT u.id FROM redaction.run_batches b CROSS JOIN LATERAL unnest(b.activity_ids) AS u (id)
           WHERE b.run_id = r.id ORDER BY u.id
       ) END AS ids,
       CASE WHEN NOT h.any_held OR r.kind = 'manual' THEN 'none'
            WHEN NOT h.all_held OR r.stripped_count + r.recordings_taken > 0 THEN 'some' ELSE 'all' END AS held
FROM redaction.runs r
CROSS JOIN LATERAL (
    SELECT count(*) > 0 AS any_held, coalesce(bool_or(h.scope = 'account'), false) AS all_held
    FROM redaction.holds h WHERE h.account_id = r.account_id AND h.released_at IS NULL
) h
WHERE r.id = :run_id
