-- name: create_late_staging()
-- Creates the temporary table that the addresses of redacted activities are copied into; its transaction drops it.
CREATE TEMPORARY TABLE staged_late_objects (account_id bigint, activity_id bigint, address text) ON COMMIT DROP
