-- name: forget_erased_places()
-- Forgets what has gone from tables beside the activities and is clean for good; returns how many rows.
SELECT redaction.forget_erased_places() AS forgotten
