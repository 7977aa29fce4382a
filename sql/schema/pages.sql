-- name: pages()
-- What the pages show beside what was there: what a run has changed in each report, and who changed which setting, in
-- the ledger.
CREATE TABLE redaction.run_reports (
    run_id bigint NOT NULL REFERENCES redaction.runs (id) ON DELETE CASCADE,
    report text NOT NULL,
    counted_before bigint NOT NULL,
    counted_after bigint NOT NULL,
    missing_before bigint NOT NULL,
    missing_after bigint NOT NULL,
    PRIMARY KEY (run_id, report)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON redaction.run_reports TO redaction_worker;

ALTER TABLE redaction.ledger DROP CONSTRAINT ledger_kind_check;
ALTER TABLE redaction.ledger ADD CONSTRAINT ledger_kind_check CHECK (kind IN (
    'redaction', 'refusal', 'hold', 'release', 'pause', 'resume', 'approval', 'delivery', 'replay', 'setting'
));
