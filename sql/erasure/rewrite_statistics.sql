-- name: rewrite_statistics()
-- Writes the planner's statistics anew, whose dead rows keep samples of what was dropped. Runs outside a transaction.
VACUUM (FULL) pg_catalog.pg_statistic, pg_catalog.pg_statistic_ext_data
