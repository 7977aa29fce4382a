-- name: approvals()
-- Automatic runs that would strip far more than the history of their account explains: each waits for a person's answer.
CREATE TABLE redaction.approvals (
    run_id bigint PRIMARY KEY REFERENCES redaction.runs (id) ON DELETE CASCADE,
    explained bigint NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    approved boolean,
    decided_by text,
    decided_at timestamptz,
    CONSTRAINT approvals_decided_by_someone CHECK (num_nulls(approved, decided_by, decided_at) IN (0, 3))
);
GRANT SELECT, INSERT, UPDATE ON redaction.approvals TO redaction_worker;
DROP FUNCTION IF EXISTS redaction.enter_strip(bigint);
