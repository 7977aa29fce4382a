-- name: refuse_run(account_id, kind, trigger, run_key, cutoff, policy, requested_by, reason, request, failure, said)
-- Records that a request was refused, and by which error; nothing was selected. The run keeps the key, so that a
-- repetition does not get what was refused. No row if the key is taken already.
INSERT INTO redaction.runs (
    account_id, kind, trigger, run_key, cutoff, policy, state, requested_by, reason, request, failed_step, failure, failure_said, finished_at
)
VALUES (
    :account_id, :kind, :trigger, :run_key, coalesce(CAST(:cutoff AS timestamptz), clock_timestamp()), :policy, 'refused',
    :requested_by, :reason, CAST(:request AS jsonb), 'begin', :failure, :said, clock_timestamp()
)
ON CONFLICT (run_key) DO NOTHING
RETURNING id
