-- name: begin_adoption()
-- Adopts the old tenants, counts the rows of the old table, and returns what would block their adoption.
SELECT obstacle, ids FROM redaction.begin_adoption()
