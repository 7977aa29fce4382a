-- name: describe_session(lock_timeout)
-- Returns the facts of a new session: the role it acts as, its login, its application name and time limit, the process
-- that serves it, whether the login may do the owner's work, and whether it is more than a login.
SELECT CAST(current_user AS text) AS role, CAST(session_user AS text) AS login,
       current_setting('application_name') AS application,
       CAST(current_setting('lock_timeout') AS interval) = CAST(:lock_timeout AS interval) AS waits_as_asked,
       pg_backend_pid() AS pid, {% with login = "r.oid" %}{% include "database/_more_than_login.sql" %}{% endwith %} AS more,
       r.rolsuper OR EXISTS (
           SELECT FROM pg_database d WHERE d.datname = current_database() AND pg_has_role(session_user, d.datdba, 'MEMBER')
       ) OR EXISTS (
           SELECT FROM pg_namespace n
           WHERE n.nspname IN ('tracking', 'redaction', 'reporting') AND pg_has_role(session_user, n.nspowner, 'MEMBER')
       ) AS owner
FROM pg_roles r WHERE r.rolname = session_user
