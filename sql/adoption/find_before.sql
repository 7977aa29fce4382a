-- name: find_before()
-- Returns what kind of relation tracking.activities is (NULL: there is none), what else lies in its schema, and which
-- views, foreign keys or tables that inherit hang on it or on the tenants; none of these could follow.
WITH adopted AS (
    SELECT c.oid, c.relkind, c.relname FROM pg_class c
    WHERE c.relnamespace = to_regnamespace('tracking')
      AND c.relname IN ('activities', 'agencies', 'accounts', 'account_users')
)
SELECT (SELECT CAST(relkind AS text) FROM adopted WHERE relname = 'activities') AS kind,
       EXISTS (SELECT FROM adopted WHERE relname = 'accounts') AS has_accounts,
       ARRAY(
           SELECT CAST(c.relname AS text) FROM pg_class c
           WHERE c.relnamespace = to_regnamespace('tracking') AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
             AND c.oid NOT IN (SELECT oid FROM adopted)
           UNION
           SELECT CAST(CAST(r.ev_class AS regclass) AS text) FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
           WHERE d.classid = CAST('pg_rewrite' AS regclass) AND d.refobjid IN (SELECT oid FROM adopted)
           UNION
           SELECT CAST(CAST(f.conrelid AS regclass) AS text) FROM pg_constraint f
           WHERE f.contype = 'f' AND f.confrelid IN (SELECT oid FROM adopted) AND f.conrelid NOT IN (SELECT oid FROM adopted)
           UNION
           SELECT CAST(CAST(i.inhrelid AS regclass) AS text) FROM pg_inherits i WHERE i.inhparent IN (SELECT oid FROM adopted)
           ORDER BY 1
       ) AS others
