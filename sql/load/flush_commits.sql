-- name: flush_commits()
-- Once the transaction of this statement has ended, all that ended before it is on the disk: it writes to the log, which is
-- one and in order, and needs no right that a load has not. The table is gone with it.
CREATE TEMPORARY TABLE flushed () ON COMMIT DROP
