-- name: 0025_before_unknown()
-- What a report said before a run is not known where its days had changed since they were last counted.
ALTER TABLE redaction.run_reports ALTER COLUMN counted_before DROP NOT NULL, ALTER COLUMN missing_before DROP NOT NULL;
