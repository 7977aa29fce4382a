-- name: older_snapshots(since)
-- Returns the sessions that may still read by a snapshot from before an instant (pid 0: a prepared transaction), oldest
-- first.
SELECT pid, seconds FROM redaction.older_snapshots(:since)
