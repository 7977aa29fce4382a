-- name: list_publications()
-- Returns what sends changes of our tables elsewhere: publications with a personal column, and logical slots of this
-- database, which may read all of it. A publication whose column list leaves these columns out sends no value.
SELECT 'publication' AS kind, p.pubname::text AS name
FROM pg_publication p
WHERE EXISTS (
    SELECT FROM pg_publication_tables t
    WHERE t.pubname = p.pubname AND (
        t.schemaname || '.' || t.tablename IN ({% for place in places %}'{{ place.table }}'{{ ", " if not loop.last }}{% endfor %})
        OR (
            t.schemaname = 'tracking' AND t.tablename LIKE 'activities%'
            AND t.attnames && CAST('{ {%- for column in personal %}{{ column }}{{ "," if not loop.last }}{% endfor -%} }' AS name[])
        )
    )
)
UNION ALL
SELECT 'logical slot', s.slot_name::text FROM pg_replication_slots s
WHERE s.slot_type = 'logical' AND s.database = current_database()
ORDER BY 1, 2
