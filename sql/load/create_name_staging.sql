-- name: create_name_staging()
-- Creates the temporary table that callers' names are copied into; its transaction drops it.
CREATE TEMPORARY TABLE staged_names (place bigint, account_id bigint, name text) ON COMMIT DROP
