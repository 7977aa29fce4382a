-- name: switch_wal()
-- Begins a new segment of the write-ahead log.
SELECT pg_switch_wal()
