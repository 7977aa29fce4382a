-- name: copy_late_objects()
-- Copies the addresses that redacted activities were sent with into the staging table.
COPY staged_late_objects (account_id, activity_id, address) FROM STDIN
