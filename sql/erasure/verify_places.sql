-- name: verify_places(run_id, account_id)
-- Returns the other tables from which personal values were removed: of an account up to the end of a run of it, of an
-- account, or (both NULL) of all; with the same columns as verify_partitions. It leaves out what was erased before the
-- run began.
WITH asked AS MATERIALIZED (
    SELECT r.account_id, r.started_at, coalesce(r.finished_at, clock_timestamp()) AS ended_at
    FROM redaction.runs r WHERE r.id = :run_id
), gone AS MATERIALIZED (
    SELECT p.place, p.since, p.lsn, p.filenodes
    FROM redaction.place_residue p LEFT JOIN asked a ON p.account_id IS NULL OR p.account_id = a.account_id
    WHERE to_regclass(p.place) IS NOT NULL
      AND (CAST(:account_id AS bigint) IS NULL OR p.account_id IS NULL OR p.account_id = :account_id)
      AND (CAST(:run_id AS bigint) IS NULL
           OR p.since <= a.ended_at AND (p.erased_at IS NULL OR p.erased_at >= a.started_at))
), places AS (
    SELECT place, min(since) AS since, max(lsn) AS lsn FROM gone GROUP BY place
)
SELECT s.place AS partition_name, s.since, CAST(s.lsn AS text) AS lsn, f.old_files, 0 AS dropped_columns,
       c.samples AS sampled_columns,
       EXISTS (SELECT FROM redaction.statistics_rewrites w WHERE w.lsn >= s.lsn) AS statistics_rewritten,
       false AS unfinished_copy, k.sampled_values
FROM places s
-- It knows no such partition, and counts samples without a partition.
JOIN redaction.sampled_columns(ARRAY(SELECT place FROM places)) AS c ON c.partition_name = s.place
CROSS JOIN LATERAL (
    SELECT count(*) AS old_files
    FROM unnest(redaction.place_files(CAST(s.place AS regclass))) AS now (filenode)
    WHERE EXISTS (SELECT FROM gone g WHERE g.place = s.place AND now.filenode = ANY(g.filenodes))
) f
CROSS JOIN LATERAL (
    -- For each category the last search counts.
    SELECT coalesce(sum(k.found), 0)::bigint AS sampled_values
    FROM (
        SELECT DISTINCT ON (p.place, p.category) p.found FROM redaction.proofs p
        WHERE p.partition_name = s.place ORDER BY p.place, p.category, p.at DESC
    ) k
) k
ORDER BY s.place
