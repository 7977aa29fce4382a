-- name: estimate_rows()
-- Returns the number of activities of all accounts, by the planner's statistics.
SELECT coalesce(sum(rows), 0)::bigint AS rows FROM redaction.partitions
