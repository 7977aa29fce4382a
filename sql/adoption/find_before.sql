-- name: find_before()
-- Returns the kind of relation that tracking.activities is (NULL: missing), whether the new name of its schema is
-- taken, and what could not be adopted: other relations of its schema, and everything that depends on its tables or
-- their row types, such as views, rules, policies, foreign keys, functions and tables that inherit.
WITH adopted AS (
    SELECT c.oid, c.relkind, c.relname, y.typarray FROM pg_class c LEFT JOIN pg_type y ON y.oid = c.reltype
    WHERE c.relnamespace = to_regnamespace('tracking')
      AND c.relname IN ('activities', 'agencies', 'accounts', 'account_users')
), referred AS (
    SELECT CAST('pg_class' AS regclass) AS classid, oid AS objid FROM adopted
    UNION ALL
    SELECT CAST('pg_type' AS regclass), y.oid FROM pg_type y JOIN adopted a ON y.typrelid = a.oid OR y.oid = a.typarray
)
SELECT (SELECT CAST(relkind AS text) FROM adopted WHERE relname = 'activities') AS kind,
       to_regnamespace('tracking_before') IS NOT NULL AS taken,
       ARRAY(
           SELECT pg_describe_object(CAST('pg_class' AS regclass), c.oid, 0) FROM pg_class c
           WHERE c.relnamespace = to_regnamespace('tracking') AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
             AND c.oid NOT IN (SELECT oid FROM adopted)
           UNION
           SELECT pg_describe_object(d.classid, d.objid, d.objsubid)
           FROM pg_depend d JOIN referred r ON r.classid = d.refclassid AND r.objid = d.refobjid
           WHERE (d.deptype = 'n' OR d.classid IN (CAST('pg_rewrite' AS regclass), CAST('pg_policy' AS regclass)))
             AND NOT EXISTS (
                 SELECT FROM pg_constraint f
                 WHERE d.classid = CAST('pg_constraint' AS regclass) AND f.oid = d.objid
                   AND f.conrelid IN (SELECT oid FROM adopted)
             )
           ORDER BY 1
       ) AS others
