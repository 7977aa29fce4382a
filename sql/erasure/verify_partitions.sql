-- name: verify_partitions(run_id, account_id)
-- Returns the partitions that a run, the runs of an account, or (both NULL) all runs have stripped rows of: since when,
-- the position of the WAL by then, how many of their files of that time still belong to them, how many dropped columns
-- are still in their rows, how many personal columns are sampled, whether the planner's statistics were rewritten
-- afterwards, and whether a copy that was never swapped in still exists.
WITH stripped AS MATERIALIZED (
    SELECT p.partition_name, min(p.at) AS since, max(p.lsn) AS lsn
    FROM redaction.run_partitions p JOIN redaction.runs r ON r.id = p.run_id
    WHERE p.rows > 0 AND (CAST(:run_id AS bigint) IS NULL OR r.id = :run_id)
      AND (CAST(:account_id AS bigint) IS NULL OR r.account_id = :account_id)
    GROUP BY p.partition_name
)
SELECT s.partition_name, s.since, CAST(s.lsn AS text) AS lsn, f.old_files, d.dropped_columns,
       c.samples AS sampled_columns,
       EXISTS (SELECT FROM redaction.statistics_rewrites w WHERE w.lsn >= s.lsn) AS statistics_rewritten,
       to_regclass(format('tracking.%I', s.partition_name || '_new')) IS NOT NULL AS unfinished_copy,
       p.sampled_values
FROM stripped s
JOIN redaction.sampled_columns(ARRAY(SELECT partition_name FROM stripped)) AS c USING (partition_name)
CROSS JOIN LATERAL (
    SELECT count(*) AS old_files
    FROM unnest(redaction.filenodes(s.partition_name)) AS now (filenode)
    WHERE EXISTS (
        SELECT FROM redaction.run_partitions p JOIN redaction.runs r ON r.id = p.run_id
        WHERE p.partition_name = s.partition_name AND p.rows > 0 AND now.filenode = ANY(p.filenodes)
          AND (CAST(:run_id AS bigint) IS NULL OR r.id = :run_id)
          AND (CAST(:account_id AS bigint) IS NULL OR r.account_id = :account_id)
    )
) f
CROSS JOIN LATERAL (
    SELECT count(*) AS dropped_columns FROM pg_attribute
    WHERE attrelid = to_regclass(format('tracking.%I', s.partition_name)) AND attisdropped
) d
CROSS JOIN LATERAL (
    -- For each place and category the last search counts.
    SELECT coalesce(sum(k.found), 0)::bigint AS sampled_values
    FROM (
        SELECT DISTINCT ON (place, category) found FROM redaction.proofs
        WHERE partition_name = s.partition_name ORDER BY place, category, at DESC
    ) k
) p
ORDER BY s.partition_name
