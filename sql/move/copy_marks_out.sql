-- name: copy_marks_out(account_id)
-- Copies out which activities of an account the source has redacted, and which were dated ahead when they were loaded.
COPY (
    SELECT account_id, activity_id, reported_at AS at, true AS by_source
    FROM tracking.redacted_at_source WHERE account_id = :account_id
    UNION ALL
    SELECT account_id, activity_id, loaded_at, false FROM tracking.future_activities WHERE account_id = :account_id
) TO STDOUT (FORMAT binary)
