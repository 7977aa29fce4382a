-- name: 0007_records()
-- The record of a run stays.

-- What was refused or abandoned, and the key that it keeps, would be gone with the record of the run. Nothing of ours ever
-- removes one, nor what belongs to it.
REVOKE DELETE ON redaction.runs, redaction.run_batches, redaction.run_days, redaction.run_findings, redaction.run_reports,
    redaction.run_partitions FROM redaction_worker;
