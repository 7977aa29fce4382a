-- name: data_directory()
-- Returns where the server keeps its files; refused if the owner may not read all settings.
SELECT redaction.data_directory() AS folder
