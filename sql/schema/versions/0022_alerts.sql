-- name: 0022_alerts()
-- What people were told, and which late things they know of; what a run that failed or was refused has said.

-- A message to people, sent or not: counts, ids and paths of pages alone. How many it went to, never to whom.
CREATE TABLE redaction.alerts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    subject text NOT NULL,
    lines text[] NOT NULL,
    recipients integer NOT NULL,
    problem text,
    CONSTRAINT alerts_kind CHECK (kind IN ('change', 'digest'))
);

-- A thing that is late and that people were told of: it is told again once it is in order and late anew.
CREATE TABLE redaction.known_late (
    what text NOT NULL,
    account_id bigint,
    told_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT known_late_once UNIQUE NULLS NOT DISTINCT (what, account_id)
);

-- The message of the error that a run ended with: ids, counts and what to do; never a personal value.
ALTER TABLE redaction.runs ADD COLUMN failure_said text;
GRANT SELECT, INSERT ON redaction.alerts TO redaction_worker;
GRANT SELECT, INSERT, DELETE ON redaction.known_late TO redaction_worker;
