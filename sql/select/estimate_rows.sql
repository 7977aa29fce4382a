-- name: estimate_rows()
-- Returns how many activities there are, of all accounts, as the planner's statistics have it.
SELECT coalesce(sum(rows), 0)::bigint AS rows FROM redaction.partitions
