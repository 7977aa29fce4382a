-- name: roles()
-- The roles of the house, none of which may log in: a login acts as one of them by SET ROLE. They belong to the
-- server, not to the database, so they may be there already; the owner of the schema becomes a member of each. Who may
-- make no roles needs them made, and membership of each, by somebody who may.
DO $roles$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['redaction_loader', 'redaction_worker', 'redaction_analyst'] LOOP
        IF to_regrole(role_name) IS NULL THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;
            END;
        END IF;
        IF current_setting('is_superuser')::boolean OR NOT pg_has_role(role_name, 'MEMBER') THEN
            EXECUTE format('GRANT %I TO CURRENT_USER', role_name);
        END IF;
    END LOOP;
END
$roles$;
