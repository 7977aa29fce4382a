-- name: unanalyzed_partitions()
-- Returns the partitions whose leaf has no planner statistics, such as rewritten ones.
SELECT p.partition_name
FROM redaction.partitions p
WHERE p.rows > 0
  AND coalesce(pg_stat_get_last_analyze_time(p.leaf), pg_stat_get_last_autoanalyze_time(p.leaf)) IS NULL
ORDER BY p.partition_name
