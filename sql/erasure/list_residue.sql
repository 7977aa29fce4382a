-- name: list_residue()
-- Returns what holds stripped values in its files, with rows and hours: other tables, small ones first, then the
-- partitions, oldest first.
WITH places AS (
    SELECT r.place, min(r.since) AS since, sum(r.rows)::bigint AS rows, pg_table_size(to_regclass(r.place)) AS bytes
    FROM redaction.place_residue r
    WHERE r.erased_at IS NULL AND to_regclass(r.place) IS NOT NULL
    GROUP BY r.place
), found AS (
    SELECT place AS partition_name, since, rows, bytes FROM places
    UNION ALL
    SELECT partition_name, since, rows, NULL FROM redaction.residue
)
SELECT partition_name, since, rows, CAST(extract(epoch FROM now() - since) / 3600 AS double precision) AS hours
FROM found ORDER BY bytes NULLS LAST, since, partition_name
