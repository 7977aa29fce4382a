-- name: ledger()
-- What was done to personal data, by whom and why, one row a run or act, each chained to the one before. No personal value,
-- no hash of one. The same rows lie outside the database, so that a restored or altered one can be told.

-- Which ledger this database keeps: a restored copy goes on with it, a new database begins its own.
CREATE TABLE redaction.ledger_identity (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one)
);
INSERT INTO redaction.ledger_identity DEFAULT VALUES;

CREATE TABLE redaction.ledger (
    position bigint PRIMARY KEY CHECK (position > 0),
    kind text NOT NULL CHECK (kind IN (
        'redaction', 'refusal', 'hold', 'release', 'pause', 'resume', 'approval', 'delivery', 'replay'
    )),
    account_id bigint,
    run_id bigint,
    actor text NOT NULL,
    reason text,
    facts jsonb NOT NULL,
    written_at timestamptz NOT NULL,
    previous_hash text NOT NULL,
    hash text NOT NULL UNIQUE
);
CREATE UNIQUE INDEX ledger_runs ON redaction.ledger (run_id) WHERE kind = 'redaction';

ALTER TABLE redaction.runs ADD COLUMN validation jsonb NOT NULL DEFAULT '{}';

-- What the ledger says was redacted, and a restored database has no row of: such an activity is stripped as it comes in.
CREATE TABLE redaction.forgotten (
    account_id bigint NOT NULL,
    activity_id bigint NOT NULL,
    run_id bigint NOT NULL,
    PRIMARY KEY (account_id, activity_id)
);
CREATE TABLE redaction.forgotten_before (
    account_id bigint PRIMARY KEY,
    before timestamptz NOT NULL,
    run_id bigint NOT NULL
);

GRANT SELECT, INSERT ON redaction.ledger TO redaction_worker;
GRANT SELECT ON redaction.ledger_identity TO redaction_worker;
GRANT SELECT, INSERT, UPDATE ON redaction.forgotten, redaction.forgotten_before TO redaction_worker;
