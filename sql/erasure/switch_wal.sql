-- name: switch_wal()
-- Begins a new segment of the write-ahead log, with the rights of the owner.
SELECT redaction.switch_log()
