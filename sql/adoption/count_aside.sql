-- name: count_aside()
-- Counts the rows of the old table that are still to be adopted.
SELECT redaction.count_aside() AS rows
