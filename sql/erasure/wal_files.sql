-- name: wal_files()
-- Returns the segments of the write-ahead log that are on disk, also those renamed for later use, newest first.
SELECT 'pg_wal/' || w.name AS path, w.size FROM redaction.list_log() w ORDER BY w.name DESC
