-- name: copy_settled_out(account_id)
-- Copies out how many objects of each redacted activity of an account are settled.
COPY (
    SELECT account_id, activity_id, settled FROM tracking.settled_objects WHERE account_id = :account_id
) TO STDOUT (FORMAT binary)
