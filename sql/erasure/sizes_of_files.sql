-- name: sizes_of_files(paths)
-- Returns which of these files of the data folder are still there, and their size in bytes.
SELECT asked.path, stat.size
FROM unnest(CAST(:paths AS text[])) AS asked (path) CROSS JOIN LATERAL pg_stat_file(asked.path, true) AS stat
WHERE stat.size IS NOT NULL
