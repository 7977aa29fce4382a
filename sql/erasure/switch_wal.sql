-- name: switch_wal()
-- Starts a new segment of the write-ahead log, with the rights of the owner.
SELECT redaction.switch_log()
