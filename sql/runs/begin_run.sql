-- name: begin_run(account_id, kind, trigger, run_key, cutoff, policy, requested_by, reason, run_id, started_at, request, period, mode, timezone, since)
-- Records a run before it has a set; the key is unique, so two runs under one key cannot both exist. A redone run has
-- its id and start already. `request` is what was asked (JSON), `period` to `since` the account's policy.
INSERT INTO redaction.runs (
    id, account_id, kind, trigger, run_key, cutoff, policy, requested_by, reason, started_at, request,
    policy_period, policy_mode, policy_timezone, policy_since
)
VALUES (
    coalesce(CAST(:run_id AS bigint), nextval(pg_get_serial_sequence('redaction.runs', 'id'))),
    :account_id, :kind, :trigger, :run_key, :cutoff, :policy, :requested_by, :reason,
    coalesce(CAST(:started_at AS timestamptz), now()), CAST(:request AS jsonb),
    :period, :mode, :timezone, CAST(:since AS date)
)
RETURNING id
