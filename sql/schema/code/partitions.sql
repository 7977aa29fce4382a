-- name: partitions()
-- The partitions of the activities. Each is a partitioned table with one leaf, which holds the rows: a rewrite swaps
-- the leaf and locks only that partition, while others are read and written. A partition is named after its first day;
-- its leaf has the same name and `_rows`.

-- The planner must not keep samples of personal columns: what was never sampled need not be erased from pg_statistic.
-- It does not sample JSON either, which no query looks up: sorting it takes three quarters of the time of an ANALYZE.
CREATE OR REPLACE FUNCTION tracking.sample_no_personal(target regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    EXECUTE (
        SELECT format('ALTER TABLE %s ', target) || string_agg(format('ALTER COLUMN %I SET STATISTICS 0', attname), ', ')
        FROM pg_attribute
        -- A table of an earlier version does not have all of them yet.
        WHERE attrelid = target AND NOT attisdropped AND (atttypid = 'jsonb'::regtype
          OR attname IN ({% for column in personal %}'{{ column[1:-1] }}'{{ ", " if not loop.last }}{% endfor %}))
    );
END
$body$;
REVOKE ALL ON FUNCTION tracking.sample_no_personal(regclass) FROM PUBLIC;

-- A leaf whose redacted rows no TRUNCATE removes; `redacted.sql` has the trigger of the whole table.
CREATE OR REPLACE FUNCTION tracking.guard_leaf(leaf regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = leaf AND t.tgname = 'keep_all_redacted') THEN
        EXECUTE format(
            'CREATE TRIGGER keep_all_redacted BEFORE TRUNCATE ON %s '
            'FOR EACH STATEMENT EXECUTE FUNCTION tracking.keep_all_redacted()', leaf
        );
    END IF;
END
$body$;
REVOKE ALL ON FUNCTION tracking.guard_leaf(regclass) FROM PUBLIC;

-- The leaf of a partition. It is the default, so that it needs no bounds.
CREATE OR REPLACE FUNCTION tracking.make_leaf(partition_name text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    -- Rows of up to half a page stay uncompressed: compressing every third one of two kilobytes, as the server would,
    -- takes a third of the time of their COPY, and saves an eighth of the space.
    EXECUTE format(
        'CREATE TABLE tracking.%I PARTITION OF tracking.%I DEFAULT WITH (toast_tuple_target = 4080)',
        partition_name || '_rows', partition_name
    );
    PERFORM tracking.sample_no_personal(format('tracking.%I', partition_name || '_rows')::regclass);
    PERFORM tracking.guard_leaf(format('tracking.%I', partition_name || '_rows')::regclass);
END
$body$;
REVOKE ALL ON FUNCTION tracking.make_leaf(text) FROM PUBLIC;

-- A partition of its own, not attached yet.
CREATE OR REPLACE FUNCTION tracking.make_partition(partition_name text, with_leaf boolean DEFAULT true) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    EXECUTE format(
        'CREATE TABLE tracking.%I (LIKE tracking.activities INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE '
        'INCLUDING COMPRESSION) PARTITION BY RANGE (called_at)', partition_name
    );
    PERFORM tracking.sample_no_personal(format('tracking.%I', partition_name)::regclass);
    IF with_leaf THEN
        PERFORM tracking.make_leaf(partition_name);
    END IF;
END
$body$;
REVOKE ALL ON FUNCTION tracking.make_partition(text, boolean) FROM PUBLIC;

-- One partition a day, week (Monday) or month, UTC. A time that a partition of another width covers needs none; rows
-- that fell into the default partition before stay there. It is created separately and then attached, which blocks no
-- other partition.
CREATE OR REPLACE FUNCTION tracking.ensure_partition(at timestamptz, width text DEFAULT 'week') RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    first_day timestamptz := date_trunc(width, at, 'UTC');
    after_last timestamptz := (date_trunc(width, at AT TIME ZONE 'UTC') + ('1 ' || width)::interval) AT TIME ZONE 'UTC';
    partition_name text := 'activities_' || to_char(first_day AT TIME ZONE 'UTC', 'YYYYMMDD');
BEGIN
    IF width NOT IN ('day', 'week', 'month') THEN
        RAISE invalid_parameter_value USING MESSAGE = 'a partition is a day, week or month wide';
    END IF;
    IF at < timestamptz '2000-01-01 00:00:00+00' OR at > now() + interval '2 years' THEN
        RETURN false;
    END IF;
    IF EXISTS (SELECT FROM pg_inherits WHERE inhparent = to_regclass('tracking.' || partition_name)) THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('tracking.ensure_partition'));
    IF EXISTS (
        SELECT FROM pg_partitioned_table p JOIN pg_inherits i ON i.inhrelid = p.partrelid
        WHERE p.partrelid = to_regclass('tracking.' || partition_name)
          AND NOT EXISTS (SELECT FROM pg_inherits l WHERE l.inhparent = p.partrelid)
    ) THEN
        -- Its leaf alone was dropped.
        PERFORM tracking.make_leaf(partition_name);
        RETURN true;
    END IF;
    IF EXISTS (
        SELECT FROM tracking.activities_elsewhen WHERE called_at >= first_day AND called_at < after_last
    ) THEN
        RETURN false;
    END IF;
    BEGIN
        PERFORM tracking.make_partition(partition_name);
        EXECUTE format(
            'ALTER TABLE tracking.activities ATTACH PARTITION tracking.%I FOR VALUES FROM (%L) TO (%L)',
            partition_name, first_day, after_last
        );
        -- Sessions that know the default partition learn that it has shrunk; those that know its leaf do not, and would
        -- leave a row there whose time has moved into the new partition. Any change of the leaf's entry informs them.
        ALTER TABLE tracking.activities_elsewhen_rows SET (fillfactor = 100);
    EXCEPTION WHEN duplicate_table OR invalid_object_definition THEN
        -- Another loader has created it while this one waited for the lock, or a partition of another width covers it.
        RETURN false;
    END;
    RETURN true;
END
$body$;
REVOKE ALL ON FUNCTION tracking.ensure_partition(timestamptz, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tracking.ensure_partition(timestamptz, text) TO redaction_loader, redaction_worker;

-- The size of a leaf: heap, TOAST, indexes. STABLE, since a view with a volatile column opens the files of every leaf,
-- whether it is asked for their size or not.
CREATE OR REPLACE FUNCTION redaction.size_of(leaf oid) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS 'SELECT pg_table_size(leaf) + pg_indexes_size(leaf)';
REVOKE ALL ON FUNCTION redaction.size_of(oid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.size_of(oid) TO redaction_worker;

-- The partitions as the server knows them; `rows` is an estimate that needs no ANALYZE, `bytes` is the size of the leaf.
CREATE OR REPLACE VIEW redaction.partitions AS
SELECT p.oid AS relation, p.relname::text AS partition_name, leaf.oid AS leaf, leaf.relname::text AS leaf_name, b.bound,
       coalesce((regexp_match(b.bound, 'FROM \(''([^'']+)''\)'))[1], '-infinity')::timestamptz AS starts,
       coalesce((regexp_match(b.bound, 'TO \(''([^'']+)''\)'))[1], 'infinity')::timestamptz AS ends,
       b.bound = 'DEFAULT' AS is_default,
       greatest(leaf.reltuples::bigint, pg_stat_get_live_tuples(leaf.oid), 0) AS rows,
       redaction.size_of(leaf.oid) AS bytes
FROM pg_inherits i
JOIN pg_class p ON p.oid = i.inhrelid
JOIN pg_inherits l ON l.inhparent = p.oid
JOIN pg_class leaf ON leaf.oid = l.inhrelid
CROSS JOIN LATERAL (SELECT pg_get_expr(p.relpartbound, p.oid) AS bound) b
WHERE i.inhparent = 'tracking.activities'::regclass;
GRANT SELECT ON redaction.partitions TO redaction_worker;

-- The partitions that may hold unredacted rows. To open a leaf takes five times as long as to ask for the size of its index
-- of unredacted rows. An empty index is one page long. It gets its second page before the first row is visible. It keeps
-- its pages when the rows go, until it is rebuilt: then the leaf is opened for nothing.
CREATE OR REPLACE VIEW redaction.living_partitions AS
SELECT p.partition_name, p.leaf_name, p.starts, p.ends, p.is_default
FROM redaction.partitions p
LEFT JOIN (
    pg_index x
    JOIN pg_inherits i ON i.inhrelid = x.indexrelid
    JOIN pg_inherits o ON o.inhrelid = i.inhparent AND o.inhparent = to_regclass('tracking.activities_unredacted')
) ON x.indrelid = p.leaf
WHERE pg_relation_size(x.indexrelid) IS DISTINCT FROM current_setting('block_size')::bigint;

-- The files of a partition: its heap, its TOAST table, and every index of either.
CREATE OR REPLACE FUNCTION redaction.filenodes(partition_name text) RETURNS bigint[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
    WITH heap AS (
        SELECT c.oid, c.reltoastrelid FROM pg_inherits l JOIN pg_class c ON c.oid = l.inhrelid
        WHERE l.inhparent = to_regclass(format('tracking.%I', filenodes.partition_name))
    ), tables AS (
        SELECT oid FROM heap UNION ALL SELECT reltoastrelid FROM heap WHERE reltoastrelid <> 0
    )
    SELECT coalesce(array_agg(pg_relation_filenode(f.oid)::bigint ORDER BY f.oid), '{}')
    FROM (
        SELECT oid FROM tables
        UNION ALL
        SELECT i.indexrelid FROM pg_index i JOIN tables t ON t.oid = i.indrelid
    ) f
$body$;
REVOKE ALL ON FUNCTION redaction.filenodes(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.filenodes(text) TO redaction_worker;

-- From now on an update of these partitions writes moved rows to pages at their end, unless there is room next to the
-- old row. Free space in old pages is less than a row (a row longer than 2 kB goes to TOAST): filling it would read a
-- page from the disk for nearly every moved row and log it whole. A locked leaf is left as it is, since only time
-- depends on it; a rewrite gives the leaf its full pages back.
-- https://www.postgresql.org/docs/current/sql-createtable.html#RELOPTION-FILLFACTOR
CREATE OR REPLACE FUNCTION redaction.update_apart(partition_names text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    leaf regclass;
BEGIN
    FOR leaf IN
        SELECT c.oid
        FROM unnest(partition_names) AS t (partition_name)
        JOIN pg_inherits p ON p.inhparent = 'tracking.activities'::regclass
                          AND p.inhrelid = to_regclass(format('tracking.%I', t.partition_name))
        JOIN pg_inherits l ON l.inhparent = p.inhrelid
        JOIN pg_class c ON c.oid = l.inhrelid
        WHERE c.reloptions IS NULL OR NOT 'fillfactor=75' = ANY(c.reloptions)
    LOOP
        BEGIN
            EXECUTE format('LOCK TABLE %s IN SHARE UPDATE EXCLUSIVE MODE NOWAIT', leaf);
            EXECUTE format('ALTER TABLE %s SET (fillfactor = 75)', leaf);
        EXCEPTION WHEN lock_not_available OR undefined_table THEN
            NULL;
        END;
    END LOOP;
END
$body$;
REVOKE ALL ON FUNCTION redaction.update_apart(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.update_apart(text[]) TO redaction_worker;
