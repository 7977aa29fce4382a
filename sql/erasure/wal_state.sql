-- name: wal_state(lsns)
-- Returns which parts of the write-ahead log from before each of some positions are still on disk: segments that hold
-- it, segments renamed for later use with old bytes in them, and the slots that keep it. The segments are listed once
-- for all.
WITH segments AS MATERIALIZED (
    SELECT name FROM redaction.list_log() WHERE name ~ '^[0-9A-F]{24}$'
)
SELECT CAST(p.lsn AS text) AS lsn,
       count(*) FILTER (WHERE substring(w.name, 9) <= substring(pg_walfile_name(p.lsn), 9)) AS holding,
       count(*) FILTER (WHERE substring(w.name, 9) > substring(here.current, 9)) AS ahead,
       current_setting('wal_recycle')::boolean AS recycled,
       current_setting('archive_mode') <> 'off' AS archived,
       ARRAY(
           SELECT slot_name::text FROM pg_replication_slots
           WHERE restart_lsn IS NULL OR restart_lsn <= p.lsn ORDER BY slot_name
       ) AS slots
FROM unnest(CAST(:lsns AS pg_lsn[])) AS p (lsn)
CROSS JOIN (SELECT pg_walfile_name(pg_current_wal_insert_lsn()) AS current) here
LEFT JOIN segments w ON true
GROUP BY p.lsn, here.current
