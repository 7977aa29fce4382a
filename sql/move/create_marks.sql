-- name: create_marks()
-- Creates the temporary table that the marks of an account's activities are copied into; its transaction drops it.
CREATE TEMPORARY TABLE marks (account_id bigint, activity_id bigint, at timestamptz, by_source boolean) ON COMMIT DROP
