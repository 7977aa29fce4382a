-- name: 0015_leaves()
-- A row of up to half a page stays as it was sent, in the leaves that are there as in new ones: see `make_partition`.
DO $body$
DECLARE
    leaf regclass;
BEGIN
    FOR leaf IN
        SELECT l.inhrelid FROM pg_inherits p JOIN pg_inherits l ON l.inhparent = p.inhrelid
        WHERE p.inhparent = 'tracking.activities'::regclass
    LOOP
        EXECUTE format('ALTER TABLE %s SET (toast_tuple_target = 4080)', leaf);
    END LOOP;
END
$body$;
