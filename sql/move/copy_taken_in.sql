-- name: copy_taken_in()
-- Copies in the marks of activities whose recording the clock has taken.
COPY tracking.taken_recordings (account_id, activity_id, run_id, taken_at) FROM STDIN (FORMAT binary)
