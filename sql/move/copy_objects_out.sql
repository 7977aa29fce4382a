-- name: copy_objects_out(account_id, run_id)
-- Copies the objects of an account out, with their addresses; due ones belong to the run of the move from now on.
COPY (
    SELECT account_id, activity_id, address, canonical, recorded_at, due_since,
           CASE WHEN due_since IS NOT NULL THEN CAST(:run_id AS bigint) END AS run_id,
           outcome, reason, place, store, until, tries, tried_at, recording
    FROM tracking.objects WHERE account_id = :account_id
) TO STDOUT (FORMAT binary)
