-- name: set_aside()
-- Gives the schema of an earlier table another name, with all that is in it, so that the new one can be made.
ALTER SCHEMA tracking RENAME TO tracking_before
