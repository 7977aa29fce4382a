-- name: logins()
-- The login of tasks, pages and commands: it acts as one of the roles and has no rights of its own.

-- Creates the login unless it exists, with the password of the given verifier (NULL: none), and lets it act as each
-- role. It inherits none of them: a session that acts as no role may do nothing. The owner runs it, and must be allowed
-- to grant the roles; existing grants are left alone. From PostgreSQL 17 on the worker may rewrite the planner's
-- statistics, if the owner may grant that.
CREATE OR REPLACE FUNCTION redaction.admit_login(login text, verifier text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    version constant integer := current_setting('server_version_num');
    role_name text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = login) THEN
        EXECUTE format(
            'CREATE ROLE %I LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD %L',
            login, verifier
        );
    END IF;
    IF version < 160000 AND EXISTS (SELECT FROM pg_roles r WHERE r.rolname = login AND r.rolinherit) THEN
        BEGIN
            EXECUTE format('ALTER ROLE %I NOINHERIT', login);
        EXCEPTION WHEN insufficient_privilege THEN
            NULL;
        END;
    END IF;
    FOREACH role_name IN ARRAY ARRAY[
        'redaction_loader', 'redaction_worker', 'redaction_analyst', 'redaction_manager'
    ] LOOP
        CONTINUE WHEN pg_has_role(login, role_name, CASE WHEN version < 160000 THEN 'MEMBER' ELSE 'SET' END);
        EXECUTE format('GRANT %I TO %I', role_name, login)
                || CASE WHEN version < 160000 THEN '' ELSE ' WITH INHERIT FALSE, SET TRUE' END;
    END LOOP;
    IF NOT has_database_privilege(login, current_database(), 'CONNECT') THEN
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), login);
    END IF;
    IF version >= 170000 THEN
        BEGIN
            EXECUTE 'GRANT MAINTAIN ON pg_catalog.pg_statistic, pg_catalog.pg_statistic_ext_data TO redaction_worker';
        EXCEPTION WHEN insufficient_privilege THEN
            NULL;
        END;
    END IF;
END
$body$;
REVOKE ALL ON FUNCTION redaction.admit_login(text, text) FROM PUBLIC;
