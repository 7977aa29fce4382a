-- name: rewrite_statistics()
-- Rewrites the planner's statistics, without their dead rows; not in a transaction. It skips silently what the login
-- may not vacuum.
VACUUM (FULL) pg_catalog.pg_statistic, pg_catalog.pg_statistic_ext_data
