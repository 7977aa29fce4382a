-- name: withdraw_public()
-- The last script: no function of the three schemas is for everybody, including those of extensions there. The grants
-- of each role are next to its functions. PostgreSQL gives every new function to PUBLIC unless told otherwise, and a
-- default of a schema cannot take that back.
DO $withdraw$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT p.oid::regprocedure AS signature, p.prokind = 'p' AS is_procedure
        FROM pg_proc p
        WHERE p.pronamespace IN ('tracking'::regnamespace, 'redaction'::regnamespace, 'reporting'::regnamespace)
          AND pg_has_role(p.proowner, 'USAGE')
          AND EXISTS (
              SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g
              WHERE g.grantee = 0 AND g.privilege_type = 'EXECUTE'
          )
    LOOP
        EXECUTE format(
            'REVOKE ALL ON %s %s FROM PUBLIC', CASE WHEN found.is_procedure THEN 'PROCEDURE' ELSE 'FUNCTION' END, found.signature
        );
    END LOOP;
END
$withdraw$;
