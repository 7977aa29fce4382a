-- name: find_span_of_days()
-- Returns the times between which the collected days lie that were not given away, as texts: a statement with these
-- literals is planned only for their partitions.
SELECT coalesce(CAST(min(start_at) AS text), 'infinity') AS low, coalesce(CAST(max(end_at) AS text), '-infinity') AS high
FROM report_days WHERE NOT given
