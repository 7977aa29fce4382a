-- name: copy_objects_in()
-- Copies the objects of an account in.
COPY tracking.objects (
    account_id, activity_id, address, canonical, recorded_at, due_since, run_id, outcome, reason, place, store, until,
    tries, tried_at, recording
) FROM STDIN (FORMAT binary)
