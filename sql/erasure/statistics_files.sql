-- name: statistics_files()
-- Returns the files of the planner's statistics, and the present moment: by the log, by transactions, by the clock.
SELECT ARRAY[
           pg_relation_filenode('pg_catalog.pg_statistic'), pg_relation_filenode('pg_catalog.pg_statistic_ext_data')
       ]::bigint[] AS files,
       CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS horizon,
       CAST(pg_current_wal_insert_lsn() AS text) AS lsn,
       clock_timestamp() AS at
