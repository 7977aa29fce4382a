-- name: roles()
-- The roles of the house, none of which may log in: a login acts as one of them by SET ROLE. They belong to the
-- server, not to the database, so they may be there already; the owner of the schema becomes a member of each.
DO $roles$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['redaction_loader', 'redaction_worker', 'redaction_analyst'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
        EXECUTE format('GRANT %I TO CURRENT_USER', role_name);
    END LOOP;
END
$roles$;
