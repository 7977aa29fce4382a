-- name: create_object_staging()
-- Creates the temporary table that the addresses of a batch's objects are copied into; its transaction drops it.
CREATE TEMPORARY TABLE staged_objects (account_id bigint, activity_id bigint, address text, is_new boolean, recording boolean) ON COMMIT DROP
