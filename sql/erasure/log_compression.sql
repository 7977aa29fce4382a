-- name: log_compression()
-- Returns whether images of pages in the write-ahead log may be compressed.
SELECT current_setting('wal_compression') <> 'off' AS compressed
