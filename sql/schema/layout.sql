-- name: layout()
-- The set of a run becomes arrays of ids, a batch each, instead of a row for each activity; what the functions and views
-- of earlier versions were is removed, for `sql/schema/code/` to make anew.
DROP VIEW IF EXISTS redaction.rows_of_run, redaction.digest_violations, redaction.findings_of_run, redaction.partitions
    CASCADE;
DROP FUNCTION IF EXISTS tracking.ensure_partition(timestamptz), tracking.ensure_partition(timestamptz, text),
    redaction.analyze_sets(), redaction.begin_rewrite(text), redaction.copy_partition(text, bigint),
    redaction.swap_partition(text, bigint, integer, integer), redaction.end_rewrite(text);
ALTER TABLE redaction.run_activities RENAME TO run_activities_before;
ALTER TABLE redaction.runs DROP COLUMN position_id;

-- The set of a run, fixed by select_aged: every later step works on it alone. A batch has the ids of one partition and
-- one local day of the account, and is stripped as a whole, in one transaction.
CREATE TABLE redaction.run_batches (
    run_id bigint NOT NULL REFERENCES redaction.runs (id) ON DELETE CASCADE,
    number integer NOT NULL,
    partition_name text NOT NULL,
    day date NOT NULL,
    activity_ids bigint[] NOT NULL,
    stripped boolean NOT NULL DEFAULT false,
    PRIMARY KEY (run_id, number)
);
-- Ids do not get smaller by being compressed, only slower.
ALTER TABLE redaction.run_batches ALTER COLUMN activity_ids SET STORAGE EXTERNAL;
GRANT SELECT, INSERT, UPDATE, DELETE ON redaction.run_batches, redaction.run_partitions, redaction.residue
    TO redaction_worker;
