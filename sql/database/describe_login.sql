-- name: describe_login(login)
-- Returns whether a login is there, and whether it is more than a login: a superuser, one that makes roles, or the owner.
SELECT r.oid IS NOT NULL AS present, coalesce(r.rolsuper, false) AS superuser,
       coalesce(r.rolcreaterole, false) AS makes_roles,
       CASE WHEN r.oid IS NULL THEN false ELSE EXISTS (
           SELECT FROM pg_database d WHERE d.datname = current_database() AND pg_has_role(r.oid, d.datdba, 'MEMBER')
       ) OR EXISTS (
           SELECT FROM pg_namespace n
           WHERE n.nspname IN ('tracking', 'redaction', 'reporting') AND pg_has_role(r.oid, n.nspowner, 'MEMBER')
       ) END AS owner
FROM (VALUES (CAST(:login AS name))) AS asked (login) LEFT JOIN pg_roles r ON r.rolname = asked.login
