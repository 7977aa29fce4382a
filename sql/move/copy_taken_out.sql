-- name: copy_taken_out(account_id, run_id)
-- Copies out the marks of activities whose recording the clock has taken; they belong to the run of the move.
COPY (
    SELECT account_id, activity_id, CAST(:run_id AS bigint), taken_at FROM tracking.taken_recordings
    WHERE account_id = :account_id
) TO STDOUT (FORMAT binary)
