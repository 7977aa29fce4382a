-- name: copy_objects()
-- Copies the addresses of objects into the staging table.
COPY staged_objects (account_id, activity_id, address, is_new, recording) FROM STDIN
