-- name: ensure_partitions(days, width)
-- Makes the partitions that days fall into, a day, week or month wide; says of each day whether one was made.
SELECT tracking.ensure_partition(day, :width) AS made
FROM unnest(CAST(:days AS timestamptz[])) AS day ORDER BY day
