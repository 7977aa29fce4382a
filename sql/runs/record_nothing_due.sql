-- name: record_nothing_due(account_id, kind, trigger, run_key, cutoff, recordings_cutoff, policy, requested_by, reason, request, period, mode, timezone, since, held)
-- Records a run that has found nothing due and so has ended; returns it, or an earlier one with the same cutoff that
-- found nothing either.
WITH made AS (
    INSERT INTO redaction.runs (
        account_id, kind, trigger, run_key, cutoff, recordings_cutoff, policy, requested_by, reason, request,
        policy_period, policy_mode, policy_timezone, policy_since, state, finished_at, held_count, seconds
    )
    VALUES (
        :account_id, :kind, :trigger, :run_key, :cutoff, CAST(:recordings_cutoff AS timestamptz), :policy, :requested_by,
        :reason, CAST(:request AS jsonb), :period, :mode, :timezone, CAST(:since AS date), 'nothing_due', clock_timestamp(), :held,
        jsonb_build_object('select', round(CAST(extract(epoch FROM clock_timestamp() - now()) AS numeric), 3))
    )
    ON CONFLICT DO NOTHING
    RETURNING id, account_id, kind, cutoff, state, due_count
)
SELECT id, account_id, kind, cutoff, state, due_count FROM made
UNION ALL
SELECT id, account_id, kind, cutoff, state, due_count FROM redaction.runs
WHERE account_id = :account_id AND state = 'nothing_due' AND cutoff = :cutoff
  AND recordings_cutoff IS NOT DISTINCT FROM CAST(:recordings_cutoff AS timestamptz)
