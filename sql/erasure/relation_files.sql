-- name: relation_files(relations)
-- Returns the files of tables: each heap, its TOAST table, and every index of either; oid, path, size in blocks.
WITH heap AS (
    SELECT c.oid, c.reltoastrelid FROM pg_class c
    WHERE c.oid IN (SELECT CAST(named.relation AS regclass) FROM unnest(CAST(:relations AS text[])) AS named (relation))
), tables AS (
    SELECT oid, 'heap' AS place FROM heap
    UNION ALL
    SELECT reltoastrelid, 'toast' FROM heap WHERE reltoastrelid <> 0
), files AS (
    SELECT oid, place FROM tables
    UNION ALL
    SELECT i.indexrelid, CASE t.place WHEN 'heap' THEN 'index' ELSE 'toast index' END
    FROM pg_index i JOIN tables t ON t.oid = i.indrelid
)
SELECT CAST(oid AS bigint) AS oid, place, pg_relation_filepath(oid) AS path,
       pg_relation_size(oid) / 8192 AS blocks
FROM files
WHERE pg_relation_filepath(oid) IS NOT NULL
ORDER BY oid
