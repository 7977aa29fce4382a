-- name: statistics_files()
-- Returns the files of the planner's statistics; they are others once the tables are rewritten.
SELECT ARRAY[
    pg_relation_filenode('pg_catalog.pg_statistic')::bigint, pg_relation_filenode('pg_catalog.pg_statistic_ext_data')::bigint
] AS files
