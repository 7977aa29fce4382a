-- name: record_residue(run_id, partitions, due)
-- Records, before the first row is stripped in place, the partitions that will hold stripped values in their files. A
-- second call afterwards moves their position in the WAL to after the strip; `since` stays that of the first strip.
WITH touched AS (
    SELECT t.partition_name, t.due, redaction.filenodes(t.partition_name) AS filenodes
    FROM unnest(CAST(:partitions AS text[]), CAST(:due AS bigint[])) AS t (partition_name, due)
), runs AS (
    INSERT INTO redaction.run_partitions (run_id, partition_name, mode, rows, filenodes)
    SELECT :run_id, partition_name, 'update', due, filenodes FROM touched
    ON CONFLICT (run_id, partition_name, mode) DO UPDATE
    SET rows = excluded.rows, filenodes = excluded.filenodes, lsn = excluded.lsn, at = excluded.at
)
INSERT INTO redaction.residue (partition_name, rows)
SELECT partition_name, due FROM touched
ON CONFLICT (partition_name) DO UPDATE
SET rows = greatest(residue.rows, excluded.rows)
