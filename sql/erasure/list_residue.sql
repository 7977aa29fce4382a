-- name: list_residue()
-- Returns the partitions that hold stripped values in their files, the oldest first, with rows and hours.
SELECT partition_name, since, rows, CAST(extract(epoch FROM now() - since) / 3600 AS double precision) AS hours
FROM redaction.residue ORDER BY since, partition_name
