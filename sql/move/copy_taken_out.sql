-- name: copy_taken_out(account_id, run_id)
-- Copies out of which activities of an account the clock has taken the recording; that belongs to the run of the move.
COPY (
    SELECT account_id, activity_id, CAST(:run_id AS bigint), taken_at FROM tracking.taken_recordings
    WHERE account_id = :account_id
) TO STDOUT (FORMAT binary)
