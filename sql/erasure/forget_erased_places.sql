-- name: forget_erased_places()
-- Forgets what was removed from other tables with personal values and is clean for good; returns the number of rows.
SELECT redaction.forget_erased_places() AS forgotten
