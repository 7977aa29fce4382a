-- name: create_marks()
-- Makes the table that the marks of an account's activities are copied into; it is dropped with its transaction.
CREATE TEMPORARY TABLE marks (account_id bigint, activity_id bigint, at timestamptz, by_source boolean) ON COMMIT DROP
