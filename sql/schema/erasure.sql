-- name: erasure()
-- What the erasure engine keeps account of: which files a strip touched, which partitions hold residue, and what was
-- written to a partition while it was copied.

-- A foreign key would be asked for every row of a set, which takes ten times as long as writing it.
ALTER TABLE redaction.run_activities DROP CONSTRAINT run_activities_run_id_fkey;

-- What a strip did to each partition, and which files it was in: what is written anew later has other files.
CREATE TABLE redaction.run_partitions (
    run_id bigint NOT NULL,
    partition_name text NOT NULL,
    mode text NOT NULL CHECK (mode IN ('update', 'rewrite')),
    rows bigint NOT NULL DEFAULT 0,
    filenodes bigint[] NOT NULL DEFAULT '{}',
    lsn pg_lsn NOT NULL DEFAULT pg_current_wal_insert_lsn(),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (run_id, partition_name, mode)
);

-- The partitions that hold stripped rows whose values are still in the files, and since when.
CREATE TABLE redaction.residue (
    partition_name text PRIMARY KEY,
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    rows bigint NOT NULL DEFAULT 0
);

-- Rows that were written while their partition was copied.
CREATE TABLE redaction.rewrite_changes (
    partition_name text NOT NULL,
    account_id bigint NOT NULL,
    called_at timestamptz NOT NULL,
    id bigint NOT NULL
);
