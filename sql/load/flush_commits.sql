-- name: flush_commits()
-- When the transaction of this statement has ended, everything that ended before it is on the disk: it writes to the
-- log, which has one order, and needs no further right. Its table is dropped with it.
CREATE TEMPORARY TABLE flushed () ON COMMIT DROP
