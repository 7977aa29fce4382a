-- name: refuse_run(account_id, trigger, requested_by, reason, failure)
-- Records that a person was refused, and by which error; nothing was selected.
INSERT INTO redaction.runs (
    account_id, kind, trigger, cutoff, state, requested_by, reason, failed_step, failure, finished_at
)
VALUES (:account_id, 'manual', :trigger, clock_timestamp(), 'refused', :requested_by, :reason, 'begin', :failure,
        clock_timestamp())
RETURNING id
