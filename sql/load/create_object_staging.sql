-- name: create_object_staging()
-- Makes the table that the addresses of a batch's objects are copied into; it is dropped with its transaction.
CREATE TEMPORARY TABLE staged_objects (account_id bigint, activity_id bigint, address text, is_new boolean, recording boolean) ON COMMIT DROP
