-- name: set_aside()
-- Renames the schema of an older table, with everything in it, so that the new one can be created.
ALTER SCHEMA tracking RENAME TO tracking_before
