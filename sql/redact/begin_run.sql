-- name: begin_run(account_id, kind, trigger, run_key, cutoff, policy, requested_by, reason)
-- Records a run before it has a set; the key is unique, so two that begin under one key cannot both exist.
INSERT INTO redaction.runs (account_id, kind, trigger, run_key, cutoff, policy, requested_by, reason)
VALUES (:account_id, :kind, :trigger, :run_key, :cutoff, :policy, :requested_by, :reason)
RETURNING id
