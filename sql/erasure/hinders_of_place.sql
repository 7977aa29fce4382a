-- name: hinders_of_place(place)
-- Returns the sessions that hold a lock on another table, or may still see a row that was removed from it (pid 0: a
-- prepared transaction); lock holders first.
WITH locks AS (
    SELECT coalesce(l.pid, 0) AS pid, 1 AS rank FROM pg_locks l
    WHERE l.granted AND l.pid IS DISTINCT FROM pg_backend_pid()
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND l.relation = to_regclass(:place)
), snapshots AS (
    SELECT s.pid, 2 AS rank
    FROM redaction.older_snapshots((
        SELECT max(r.since) FROM redaction.place_residue r WHERE r.place = :place AND r.erased_at IS NULL
    )) s
)
SELECT found.pid FROM (SELECT * FROM locks UNION ALL SELECT * FROM snapshots) found ORDER BY found.rank
