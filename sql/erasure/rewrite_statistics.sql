-- name: rewrite_statistics()
-- Writes the planner's statistics anew, without their dead rows; not in a transaction. Skips, with no error, what the login
-- may not vacuum.
VACUUM (FULL) pg_catalog.pg_statistic, pg_catalog.pg_statistic_ext_data
