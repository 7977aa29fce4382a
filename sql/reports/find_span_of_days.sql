-- name: find_span_of_days()
-- Between which times the collected days lie that were not given away, as texts: what is asked with these two written into the
-- statement is planned for their partitions alone.
SELECT coalesce(CAST(min(start_at) AS text), 'infinity') AS low, coalesce(CAST(max(end_at) AS text), '-infinity') AS high
FROM report_days WHERE NOT given
