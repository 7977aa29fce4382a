-- name: wal_state(lsn)
-- Returns what of the write-ahead log from before a position is still on disk: segments that hold it, segments renamed
-- for later use with old bytes in them, and the slots that keep it.
SELECT count(*) FILTER (WHERE substring(w.name, 9) <= substring(here.written_to, 9)) AS holding,
       count(*) FILTER (WHERE substring(w.name, 9) > substring(here.current, 9)) AS ahead,
       current_setting('wal_recycle')::boolean AS recycled,
       current_setting('archive_mode') <> 'off' AS archived,
       ARRAY(
           SELECT slot_name::text FROM pg_replication_slots
           WHERE restart_lsn IS NULL OR restart_lsn <= CAST(:lsn AS pg_lsn) ORDER BY slot_name
       ) AS slots
FROM pg_ls_waldir() w
CROSS JOIN (
    SELECT pg_walfile_name(CAST(:lsn AS pg_lsn)) AS written_to,
           pg_walfile_name(pg_current_wal_insert_lsn()) AS current
) here
WHERE w.name ~ '^[0-9A-F]{24}$'
