-- name: create_name_staging()
-- Makes the table that callers' names are copied into; it is dropped with its transaction.
CREATE TEMPORARY TABLE staged_names (place bigint, account_id bigint, name text) ON COMMIT DROP
