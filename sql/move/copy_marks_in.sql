-- name: copy_marks_in()
-- Copies the marks of an account's activities in.
COPY pg_temp.marks (account_id, activity_id, at, by_source) FROM STDIN (FORMAT binary)
