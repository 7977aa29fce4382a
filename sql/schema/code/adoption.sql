-- name: adoption()
-- A table of activities from before this system, in the schema `tracking_before`: its rows move over batch by batch, each
-- in one transaction, so that whoever is killed in between goes on where he stopped. Everything here is the owner's.
CREATE OR REPLACE FUNCTION redaction.shared_columns(table_name text, OUT names text, OUT casts text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
    SELECT string_agg(quote_ident(new.attname), ', ' ORDER BY new.attnum),
           string_agg(format('%I::%s', new.attname, format_type(new.atttypid, new.atttypmod)), ', ' ORDER BY new.attnum)
    FROM pg_attribute new
    JOIN pg_attribute old ON old.attname = new.attname AND old.attnum > 0 AND NOT old.attisdropped
        AND old.attrelid = to_regclass('tracking_before.' || table_name)
    WHERE new.attrelid = to_regclass('tracking.' || table_name) AND new.attnum > 0 AND NOT new.attisdropped
$body$;

CREATE OR REPLACE FUNCTION redaction.adopt_tenants() RETURNS bigint[]
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    name text;
    columns record;
    unknown bigint[];
BEGIN
    FOREACH name IN ARRAY ARRAY['agencies', 'accounts'] LOOP
        SELECT * INTO columns FROM redaction.shared_columns(name);
        IF columns.names IS NOT NULL THEN
            EXECUTE format(
                'INSERT INTO tracking.%1$I (%2$s) SELECT %3$s FROM tracking_before.%1$I ON CONFLICT DO NOTHING',
                name, columns.names, columns.casts
            );
        END IF;
    END LOOP;
    EXECUTE $sql$
        SELECT array_agg(u.account_id) FROM (
            SELECT DISTINCT account_id FROM tracking_before.activities EXCEPT SELECT id FROM tracking.accounts LIMIT 10
        ) u
    $sql$ INTO unknown;
    RETURN unknown;
END
$body$;

CREATE OR REPLACE FUNCTION redaction.adopt_batch(batch_size integer, width text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    columns record;
    places tid[];
    moved record;
BEGIN
    EXECUTE 'SELECT array_agg(ctid) FROM (SELECT ctid FROM tracking_before.activities LIMIT $1) a'
    INTO places USING batch_size;
    PERFORM tracking.ensure_partition(days.day, width) FROM (
        SELECT day FROM redaction.days_to_adopt(places) AS day ORDER BY day
    ) days;
    SELECT * INTO columns FROM redaction.shared_columns('activities');
    EXECUTE format($sql$
        WITH gone AS (
            DELETE FROM tracking_before.activities WHERE ctid = ANY($1) RETURNING %2$s
        ), arrived AS (
            INSERT INTO tracking.activities (%1$s) SELECT %1$s FROM gone RETURNING %1$s
        )
        SELECT (SELECT count(*) FROM gone) AS count, (SELECT count(*) FROM arrived) AS arrived,
               (SELECT sum(hashtextextended(ROW(g.*)::text, 0)) FROM gone g)
                   IS DISTINCT FROM (SELECT sum(hashtextextended(ROW(a.*)::text, 0)) FROM arrived a) AS differ
    $sql$, columns.names, columns.casts) INTO moved USING places;
    IF moved.count <> moved.arrived OR moved.differ THEN
        RAISE data_corrupted USING MESSAGE = 'rows did not arrive as they were';
    END IF;
    RETURN moved.count;
END
$body$;

CREATE OR REPLACE FUNCTION redaction.days_to_adopt(places tid[]) RETURNS SETOF timestamptz
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RETURN QUERY EXECUTE
        $sql$SELECT DISTINCT date_trunc('day', called_at, 'UTC') FROM tracking_before.activities WHERE ctid = ANY($1)$sql$
    USING places;
END
$body$;

CREATE OR REPLACE FUNCTION redaction.drop_adopted() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    rows_left boolean;
BEGIN
    EXECUTE 'SELECT EXISTS (SELECT FROM tracking_before.activities)' INTO rows_left;
    IF rows_left THEN
        RAISE object_not_in_prerequisite_state USING MESSAGE = 'the earlier table still holds rows';
    END IF;
    EXECUTE 'DROP TABLE tracking_before.activities';
    -- What else the schema holds is somebody else's.
    IF NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = to_regnamespace('tracking_before')) THEN
        EXECUTE 'DROP SCHEMA tracking_before';
    END IF;
END
$body$;
REVOKE ALL ON FUNCTION redaction.shared_columns(text), redaction.adopt_tenants(),
    redaction.adopt_batch(integer, text), redaction.days_to_adopt(tid[]), redaction.drop_adopted() FROM PUBLIC;
