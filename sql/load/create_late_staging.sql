-- name: create_late_staging()
-- Makes the table that the addresses of redacted activities are copied into; it is dropped with its transaction.
CREATE TEMPORARY TABLE staged_late_objects (account_id bigint, activity_id bigint, address text) ON COMMIT DROP
