-- name: wal_files()
-- Returns the segments of the write-ahead log that are on disk, those renamed for later use too, the newest first.
SELECT 'pg_wal/' || w.name AS path, w.size FROM redaction.list_log() w ORDER BY w.name DESC
