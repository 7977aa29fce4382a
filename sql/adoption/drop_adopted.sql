-- name: drop_adopted()
-- Drops the earlier table, which is empty by now, and its files with it.
SELECT redaction.drop_adopted()
