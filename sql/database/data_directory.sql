-- name: data_directory()
-- Returns where the server keeps its files; only who may read all settings is told.
SELECT current_setting('data_directory') AS folder
