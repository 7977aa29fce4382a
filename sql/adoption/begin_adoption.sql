-- name: begin_adoption()
-- Brings over the tenants from before, counts the rows of the old table, and returns what would keep them from following.
SELECT obstacle, ids FROM redaction.begin_adoption()
