-- name: proofs()
-- Proof by sample: what a look for the values that were about to be erased has found in each place afterwards. The
-- values were in the memory of the process alone; here are numbers, neither a value nor a hash of one.
CREATE TABLE redaction.proofs (
    -- NULL: residue was erased, which belongs to no run.
    run_id bigint,
    -- NULL: a place of the whole server.
    partition_name text,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Of a partition: heap, toast, index; of the server: statistics, temporary files, write-ahead log, old files, books
    -- (schema redaction), reports; and, with no values, what could not be drawn from: dead rows, dead TOAST chunks.
    place text NOT NULL,
    -- NULL: a value of which the column is not known (a dropped one, or the pointer to it is gone).
    category text,
    looked_for bigint NOT NULL,
    found bigint NOT NULL,
    -- Values that a living row still holds lawfully: finding them would prove nothing.
    in_use bigint NOT NULL,
    not_looked bigint NOT NULL,
    reason text,
    CONSTRAINT proofs_finds_what_it_looks_for CHECK (found BETWEEN 0 AND looked_for AND in_use >= 0),
    CONSTRAINT proofs_says_why_not CHECK (not_looked = 0 OR (not_looked > 0 AND reason IS NOT NULL))
);
CREATE INDEX proofs_run ON redaction.proofs (run_id, partition_name);
CREATE INDEX proofs_partition ON redaction.proofs (partition_name, at);

-- Shows pages as they are in the server's buffers. It is for superusers; without it the files are read after a
-- checkpoint, and who may do neither cannot know.
DO $extension$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pageinspect SCHEMA redaction;
EXCEPTION WHEN insufficient_privilege OR feature_not_supported OR undefined_file THEN
    NULL;
END
$extension$;

GRANT SELECT, INSERT ON redaction.proofs TO redaction_worker;
