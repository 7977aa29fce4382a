-- name: copy_taken_in()
-- Copies in of which activities of an account the clock has taken the recording.
COPY tracking.taken_recordings (account_id, activity_id, run_id, taken_at) FROM STDIN (FORMAT binary)
