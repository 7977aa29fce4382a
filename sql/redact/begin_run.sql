-- name: begin_run(account_id, trigger, run_key, cutoff)
-- Records a run before it has a set; the key is unique, so two that begin under one key cannot both exist.
INSERT INTO redaction.runs (account_id, trigger, run_key, cutoff)
VALUES (:account_id, :trigger, :run_key, :cutoff)
RETURNING id
