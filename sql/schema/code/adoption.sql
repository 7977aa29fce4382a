-- name: adoption()
-- Adoption: the rows of an older, unpartitioned table, renamed to tracking_before.activities, are moved batch by batch.
-- Each batch is one transaction and one statement, so a row is always in exactly one of the two tables.

-- The columns that both tables have: their names, and the expression for each on the old table, of the new type.
CREATE OR REPLACE FUNCTION redaction.adopted_columns(OUT names text, OUT given text, OUT personal text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
    SELECT string_agg(quote_ident(n.attname), ', ' ORDER BY n.attnum),
           string_agg(
               format('CAST(b.%1$I AS %2$s) AS %1$I', n.attname, format_type(n.atttypid, n.atttypmod)), ', ' ORDER BY n.attnum
           ),
           string_agg(format('b.%I', n.attname), ', ') FILTER (
               WHERE n.attname IN ({% for column in personal %}'{{ column[1:-1] }}'{{ ", " if not loop.last }}{% endfor %})
           )
    FROM pg_attribute o
    JOIN pg_attribute n ON n.attrelid = to_regclass('tracking.activities') AND n.attname = o.attname
    WHERE o.attrelid = to_regclass('tracking_before.activities') AND o.attnum > 0 AND NOT o.attisdropped
      AND n.attnum > 0 AND NOT n.attisdropped
$body$;

-- Returns what would block the adoption of rows, with the ids of some of them; also counts and digests the rows. From
-- here on nobody writes to the old table, and none of its triggers or policies can hold a row back or hide it.
CREATE OR REPLACE FUNCTION redaction.begin_adoption() RETURNS TABLE (obstacle text, ids bigint[])
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    shared record;
    tenants text;
    columns text;
BEGIN
    ALTER TABLE tracking_before.activities DISABLE TRIGGER USER, NO FORCE ROW LEVEL SECURITY;
    CREATE TABLE tracking_before.adoption (
        rows bigint NOT NULL,
        digest numeric NOT NULL,
        moved bigint NOT NULL DEFAULT 0,
        moved_digest numeric NOT NULL DEFAULT 0,
        place tid NOT NULL DEFAULT '(0,0)'
    );
    FOREACH tenants IN ARRAY ARRAY['agencies', 'accounts', 'account_users'] LOOP
        SELECT string_agg(quote_ident(attname), ', ') INTO columns FROM pg_attribute
        WHERE attrelid = to_regclass('tracking_before.' || tenants) AND attnum > 0 AND NOT attisdropped;
        IF columns IS NOT NULL THEN
            EXECUTE format('ALTER TABLE tracking_before.%I NO FORCE ROW LEVEL SECURITY', tenants);
            EXECUTE format(
                'INSERT INTO tracking.%1$I (%2$s) SELECT %2$s FROM tracking_before.%1$I '
                -- An earlier version may have adopted them.
                'WHERE NOT EXISTS (SELECT FROM tracking.%1$I)', tenants, columns
            );
        END IF;
    END LOOP;
    RETURN QUERY
        SELECT 'key', array_agg(s.id) FROM (
            SELECT b.id::bigint FROM tracking_before.activities b
            WHERE num_nulls(b.id, b.account_id, b.kind, b.called_at) > 0 OR b.kind NOT IN ('call', 'text', 'chat', 'form')
            LIMIT 20
        ) s HAVING count(*) > 0;
    RETURN QUERY
        SELECT 'twin', array_agg(s.id) FROM (
            SELECT b.id::bigint FROM tracking_before.activities b GROUP BY b.account_id, b.id HAVING count(*) > 1 LIMIT 20
        ) s HAVING count(*) > 0;
    SELECT * INTO shared FROM redaction.adopted_columns();
    IF shared.personal IS NOT NULL AND EXISTS (
        SELECT FROM pg_attribute WHERE attrelid = to_regclass('tracking_before.activities') AND attname = 'redacted_at'
    ) THEN
        RETURN QUERY EXECUTE format($sql$
            SELECT 'redacted', array_agg(s.id) FROM (
                SELECT b.id::bigint FROM tracking_before.activities b
                WHERE b.redacted_at IS NOT NULL AND num_nonnulls(%s) > 0 LIMIT 20
            ) s HAVING count(*) > 0
        $sql$, shared.personal);
    END IF;
    EXECUTE format($sql$
        INSERT INTO tracking_before.adoption (rows, digest)
        SELECT count(*), coalesce(sum(hash_record_extended(ROW(%s), 0)), 0)
        FROM (SELECT %s FROM tracking_before.activities b OFFSET 0) s
    $sql$, shared.names, shared.given);
END
$body$;

-- Moves the next rows, in physical order, and creates the partitions of their days. Returns their number, and the
-- digests of what left the old table and of what the new one has.
CREATE OR REPLACE FUNCTION redaction.adopt_batch(
    most bigint, width text, OUT moved bigint, OUT digest_before numeric, OUT digest_after numeric
)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    shared record;
    batch record;
    first_place tid;
BEGIN
    SELECT a.place INTO STRICT first_place FROM tracking_before.adoption a FOR UPDATE;
    -- Dead rows of earlier batches are not read again; the scan starts once more from the beginning before the end is
    -- believed.
    FOREACH first_place IN ARRAY ARRAY[first_place, '(0,0)'::tid] LOOP
        SELECT array_agg(b.ctid) AS places, max(b.ctid) AS last_place,
               array_agg(DISTINCT date_trunc('day', b.called_at, 'UTC')) AS days
        INTO batch
        FROM (SELECT ctid, called_at FROM tracking_before.activities WHERE ctid > first_place LIMIT most) b;
        EXIT WHEN batch.places IS NOT NULL;
    END LOOP;
    PERFORM tracking.ensure_partition(day, width) FROM unnest(batch.days) AS day;
    SELECT * INTO shared FROM redaction.adopted_columns();
    EXECUTE format($sql$
        WITH gone AS (
            DELETE FROM tracking_before.activities b WHERE b.ctid = ANY($1) RETURNING %2$s
        ), come AS (
            INSERT INTO tracking.activities (%1$s) SELECT %1$s FROM gone RETURNING %1$s
        )
        SELECT c.rows, g.digest, c.digest
        FROM (SELECT coalesce(sum(hash_record_extended(ROW(%1$s), 0)), 0) AS digest FROM gone) g,
             (SELECT count(*) AS rows, coalesce(sum(hash_record_extended(ROW(%1$s), 0)), 0) AS digest FROM come) c
    $sql$, shared.names, shared.given) INTO moved, digest_before, digest_after USING batch.places;
    UPDATE tracking_before.adoption a
    SET moved = a.moved + adopt_batch.moved, moved_digest = a.moved_digest + digest_after,
        place = coalesce(batch.last_place, a.place);
END
$body$;

-- Removes the old tables, and the values in their files with them, if every row was adopted unchanged; says whether.
CREATE OR REPLACE FUNCTION redaction.end_adoption() RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    LOCK TABLE tracking_before.activities IN ACCESS EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM tracking_before.activities) OR EXISTS (
        SELECT FROM tracking_before.adoption a WHERE a.rows <> a.moved OR a.digest <> a.moved_digest
    ) THEN
        RETURN false;
    END IF;
    DROP TABLE IF EXISTS tracking_before.activities, tracking_before.account_users, tracking_before.accounts,
        tracking_before.agencies, tracking_before.adoption;
    BEGIN
        DROP SCHEMA tracking_before;
    EXCEPTION WHEN dependent_objects_still_exist THEN
        -- Functions that were never ours stay.
        NULL;
    END;
    RETURN true;
END
$body$;
-- Returns how many old rows are left.
CREATE OR REPLACE FUNCTION redaction.count_aside() RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RETURN (SELECT count(*) FROM tracking_before.activities);
END
$body$;
REVOKE ALL ON FUNCTION redaction.count_aside() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.count_aside() TO redaction_worker;
REVOKE ALL ON FUNCTION redaction.adopted_columns(), redaction.begin_adoption(), redaction.adopt_batch(bigint, text),
    redaction.end_adoption() FROM PUBLIC;
