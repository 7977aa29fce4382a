-- name: replica_identity()
-- Under a publication of all tables the server refuses to update or delete rows of a table without a key: it could not
-- name them to a subscriber. Our tables without a primary key name them by the whole row.
DO $identity$
DECLARE
    keyless regclass;
BEGIN
    FOR keyless IN
        SELECT c.oid FROM pg_class c
        WHERE c.relnamespace IN ('tracking'::regnamespace, 'redaction'::regnamespace, 'reporting'::regnamespace)
          AND c.relkind = 'r' AND c.relreplident = 'd'
          AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)
    LOOP
        EXECUTE format('ALTER TABLE %s REPLICA IDENTITY FULL', keyless);
    END LOOP;
END
$identity$;
