-- name: older_snapshots(since)
-- Returns who may still read by a snapshot from before an instant (pid 0: a prepared transaction), the oldest first.
SELECT pid, seconds FROM redaction.older_snapshots(:since)
