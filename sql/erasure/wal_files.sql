-- name: wal_files()
-- Returns the segments of the write-ahead log that are on disk, those renamed for later use too, the newest first.
SELECT 'pg_wal/' || w.name AS path, w.size FROM pg_ls_waldir() w WHERE w.name ~ '^[0-9A-F]{24}' ORDER BY w.name DESC
