-- name: ensure_partitions(days, width)
-- Creates the partitions of some days, a day, week or month wide; says for each day whether one was created.
SELECT tracking.ensure_partition(day, :width) AS made
FROM unnest(CAST(:days AS timestamptz[])) AS day ORDER BY day
