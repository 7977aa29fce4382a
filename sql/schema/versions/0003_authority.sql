-- name: 0003_authority()
-- Who asked for a run, by which policy it began, who approved it, who abandoned it.

-- `request` is what was asked under the run's key: the same key with another request is refused. `policy_*` is the policy
-- of the account when the run began, by which the run ends, whatever the account's settings say by then.
ALTER TABLE redaction.runs
    ADD COLUMN request jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN policy_period text,
    ADD COLUMN policy_mode text,
    ADD COLUMN policy_timezone text,
    ADD COLUMN policy_since date,
    ADD COLUMN abandoned_by text,
    ADD COLUMN abandoned_because text,
    DROP CONSTRAINT runs_state_check,
    DROP CONSTRAINT runs_finished_is_over,
    ADD CONSTRAINT runs_state_check CHECK (
        state IN ('selected', 'stripped', 'erased', 'validated', 'succeeded', 'failed', 'refused', 'abandoned')
    ),
    ADD CONSTRAINT runs_finished_is_over
        CHECK ((state IN ('succeeded', 'failed', 'refused', 'abandoned')) = (finished_at IS NOT NULL)),
    ADD CONSTRAINT runs_policy_is_whole
        CHECK (num_nulls(policy_period, policy_mode, policy_timezone, policy_since) IN (0, 4)),
    ADD CONSTRAINT runs_abandoned_by_someone CHECK (
        (state = 'abandoned') = (abandoned_by IS NOT NULL) AND (abandoned_by IS NULL) = (abandoned_because IS NULL)
    );
-- The runs that have not ended: few, and asked for whenever DAGs are made.
CREATE INDEX runs_unfinished ON redaction.runs (account_id)
    WHERE state IN ('selected', 'stripped', 'erased', 'validated', 'failed');

ALTER TABLE redaction.ledger
    DROP CONSTRAINT ledger_kind_check,
    ADD CONSTRAINT ledger_kind_check CHECK (kind IN (
        'redaction', 'refusal', 'hold', 'release', 'pause', 'resume', 'approval', 'delivery', 'replay', 'setting',
        'departure', 'arrival', 'store', 'object', 'abandonment'
    ));
