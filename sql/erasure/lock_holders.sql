-- name: lock_holders(partition_name)
-- Returns the sessions that hold a lock on a partition or its leaf (pid 0: a prepared transaction), readers last.
SELECT coalesce(l.pid, 0) AS pid
FROM pg_locks l
WHERE l.granted AND l.pid IS DISTINCT FROM pg_backend_pid()
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.relation IN (
      to_regclass(format('tracking.%I', CAST(:partition_name AS text))),
      to_regclass(format('tracking.%I', CAST(:partition_name AS text) || '_rows'))
  )
ORDER BY l.mode = 'AccessShareLock', l.pid
