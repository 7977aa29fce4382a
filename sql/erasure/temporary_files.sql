-- name: temporary_files()
-- Returns the temporary files of running statements, in every tablespace of this version, shared ones too.
SELECT file.path, coalesce(stat.size, 0) AS size
FROM (
    SELECT 'base/pgsql_tmp' AS path
    UNION ALL
    SELECT 'pg_tblspc/' || space.name || '/' || version.name || '/pgsql_tmp'
    FROM pg_ls_dir('pg_tblspc', true, false) AS space (name)
    CROSS JOIN LATERAL pg_ls_dir('pg_tblspc/' || space.name, true, false) AS version (name)
    WHERE version.name LIKE 'PG\_' || split_part(current_setting('server_version'), '.', 1) || '\_%'
) folder
CROSS JOIN LATERAL pg_ls_dir(folder.path, true, false) AS entry (name)
CROSS JOIN LATERAL (
    SELECT folder.path || '/' || entry.name AS path
    UNION ALL
    SELECT folder.path || '/' || entry.name || '/' || member.name
    FROM pg_ls_dir(
        CASE WHEN (pg_stat_file(folder.path || '/' || entry.name, true)).isdir
             THEN folder.path || '/' || entry.name ELSE folder.path || '/none' END, true, false
    ) AS member (name)
) file
CROSS JOIN LATERAL pg_stat_file(file.path, true) AS stat
WHERE NOT stat.isdir
