-- name: describe_login(login)
-- Returns whether a login exists, and whether it is more than a login: itself, or by a role that it may become.
SELECT r.oid IS NOT NULL AS present,
       CASE WHEN r.oid IS NULL THEN false ELSE {% with login = "r.oid" %}{% include "database/_more_than_login.sql" %}{% endwith %} END AS more
FROM (VALUES (CAST(:login AS name))) AS asked (login) LEFT JOIN pg_roles r ON r.rolname = asked.login
