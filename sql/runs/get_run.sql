-- name: get_run(run_id)
-- Returns the record of one run: ids, counts, instants, digests; for a validated run also the number of texts that wait
-- for a decision.
SELECT id, account_id, kind, trigger, run_key, policy, requested_by, reason, cutoff, state, due_count,
       stripped_count, by_kind, by_category, digest::text AS digest, objects, erasure_level, failed_step, failure, failure_said, seconds,
       started_at, finished_at, abandoned_by, abandoned_because,
       recordings_cutoff, recordings_due, recordings_taken,
       CAST(validation ->> 'undecided_texts' AS bigint) AS undecided_texts, common_names, held_count
FROM redaction.runs WHERE id = :run_id
