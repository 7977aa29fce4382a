-- name: hinders_of_place(place)
-- Returns who holds a lock on a table beside the activities, or may still see a row that went from it (pid 0: a prepared
-- transaction); those who hold a lock first.
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
