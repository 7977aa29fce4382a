-- name: 0009_late()
-- How many objects of a redacted activity have been settled. Their addresses are forgotten, so that one that comes later
-- cannot be compared with them: more addresses than these, beside those still listed, name one that is new.
CREATE TABLE tracking.settled_objects (
    account_id bigint NOT NULL,
    activity_id bigint NOT NULL,
    settled integer NOT NULL CHECK (settled >= 0),
    PRIMARY KEY (account_id, activity_id)
);
GRANT SELECT, INSERT, UPDATE ON tracking.settled_objects TO redaction_worker;

-- A load asks which runs have ended since it began.
CREATE INDEX runs_finished ON redaction.runs (finished_at);
