-- name: copy_names()
-- Copies names of callers into the staging table.
COPY staged_names (place, account_id, name) FROM STDIN
