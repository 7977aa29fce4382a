-- name: moves()
-- Where an account is while it moves to another placement: at the one it leaves until the switch, at the one where it
-- arrives from then on; in between at neither. Nothing begins at one that is leaving, and nothing is loaded there.
ALTER TABLE tracking.accounts
    ADD COLUMN whereabouts text NOT NULL DEFAULT 'here'
        CHECK (whereabouts IN ('here', 'leaving', 'left', 'arriving')),
    ADD COLUMN other_placement text,
    ADD COLUMN moving_since timestamptz,
    ADD CONSTRAINT accounts_move_has_an_end CHECK ((whereabouts = 'here') = (other_placement IS NULL));

ALTER TABLE redaction.runs DROP CONSTRAINT runs_kind_check;
ALTER TABLE redaction.runs ADD CONSTRAINT runs_kind_check CHECK (kind IN ('automatic', 'manual', 'replay', 'move'));

ALTER TABLE redaction.ledger DROP CONSTRAINT ledger_kind_check;
ALTER TABLE redaction.ledger ADD CONSTRAINT ledger_kind_check CHECK (kind IN (
    'redaction', 'refusal', 'hold', 'release', 'pause', 'resume', 'approval', 'delivery', 'replay', 'setting',
    'departure', 'arrival'
));
