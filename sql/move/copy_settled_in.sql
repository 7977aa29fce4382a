-- name: copy_settled_in()
-- Copies in how many objects of each redacted activity of an account are settled.
COPY tracking.settled_objects (account_id, activity_id, settled) FROM STDIN (FORMAT binary)
