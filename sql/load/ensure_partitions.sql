-- name: ensure_partitions(weeks)
-- Makes the partitions of the weeks that a batch falls into.
SELECT tracking.ensure_partition(week) FROM unnest(CAST(:weeks AS timestamptz[])) AS week ORDER BY week
