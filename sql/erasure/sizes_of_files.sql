-- name: sizes_of_files(paths)
-- Returns which of these files of the data folder still exist, and their size in bytes.
SELECT path, size FROM redaction.sizes_of_files(CAST(:paths AS text[]))
