-- name: erasure()
-- Rewriting: a partition is written anew with what may remain, beside the old one, which readers and writers go on
-- using; then the two are swapped in one short transaction. What is written meanwhile is noted by a trigger and
-- brought over before the swap, so nothing is lost and nobody waits for the copy.

-- A foreign key would be asked for every row of a set, which takes ten times as long as writing it.
ALTER TABLE redaction.run_activities DROP CONSTRAINT run_activities_run_id_fkey;

-- A row that moves in time moves in the sets of the runs that are under way, too.
CREATE OR REPLACE FUNCTION tracking.follow_activity() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    UPDATE tracking.activity_identity SET called_at = NEW.called_at
    WHERE account_id = OLD.account_id AND id = OLD.id;
    UPDATE redaction.run_activities SET called_at = NEW.called_at
    WHERE activity_id = OLD.id AND run_id IN (
        SELECT id FROM redaction.runs WHERE account_id = OLD.account_id AND (finished_at IS NULL OR state = 'failed')
    );
    INSERT INTO reporting.stale_days (account_id, day)
    SELECT DISTINCT a.id, (t.at AT TIME ZONE a.timezone)::date
    FROM tracking.accounts a, (VALUES (OLD.called_at), (NEW.called_at)) AS t (at)
    WHERE a.id = OLD.account_id
    ON CONFLICT (account_id, day) DO UPDATE SET day = excluded.day;
    RETURN NEW;
END
$body$;

-- What is sent again as it is leaves no dead row behind. The values are compared here, out of the sight of the loader.
CREATE FUNCTION tracking.ignore_unchanged() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RETURN NULL;
END
$body$;
CREATE TRIGGER ignore_unchanged BEFORE UPDATE ON tracking.activities
    FOR EACH ROW WHEN (OLD.* *= NEW.*)
    EXECUTE FUNCTION tracking.ignore_unchanged();

-- The planner may not keep samples of personal columns: what was never sampled need not be erased from pg_statistic.
CREATE FUNCTION tracking.sample_no_personal(target regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    EXECUTE format(
        'ALTER TABLE %s {% for column in personal %}ALTER COLUMN {{ column }} SET STATISTICS 0{{ ", " if not loop.last }}{% endfor %}', target
    );
END
$body$;
REVOKE ALL ON FUNCTION tracking.sample_no_personal(regclass) FROM PUBLIC;
SELECT tracking.sample_no_personal('tracking.activities');
SELECT tracking.sample_no_personal('tracking.activities_elsewhen');

-- One partition a day, week (Monday) or month, UTC, named for its first day. A time that a partition of another width
-- covers needs none; rows that fell into the default partition before theirs was made stay there.
DROP FUNCTION tracking.ensure_partition(timestamptz);
CREATE FUNCTION tracking.ensure_partition(at timestamptz, width text DEFAULT 'week') RETURNS boolean
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
    IF to_regclass('tracking.' || partition_name) IS NOT NULL THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('tracking.ensure_partition'));
    IF EXISTS (
        SELECT FROM tracking.activities_elsewhen WHERE called_at >= first_day AND called_at < after_last
    ) THEN
        RETURN false;
    END IF;
    BEGIN
        EXECUTE format(
            'CREATE TABLE tracking.%I PARTITION OF tracking.activities FOR VALUES FROM (%L) TO (%L)',
            partition_name, first_day, after_last
        );
    EXCEPTION WHEN duplicate_table OR invalid_object_definition THEN
        -- Made by another loader while this one waited for the lock, or covered by a partition of another width.
        RETURN false;
    END;
    PERFORM tracking.sample_no_personal(format('tracking.%I', partition_name)::regclass);
    RETURN true;
END
$body$;
REVOKE ALL ON FUNCTION tracking.ensure_partition(timestamptz, text) FROM PUBLIC;

-- The partitions as the server knows them; `rows` is an estimate that needs no ANALYZE.
CREATE VIEW redaction.partitions AS
SELECT c.oid AS relation, c.relname::text AS partition_name, b.bound,
       coalesce((regexp_match(b.bound, 'FROM \(''([^'']+)''\)'))[1], '-infinity')::timestamptz AS starts,
       coalesce((regexp_match(b.bound, 'TO \(''([^'']+)''\)'))[1], 'infinity')::timestamptz AS ends,
       b.bound = 'DEFAULT' AS is_default,
       greatest(c.reltuples::bigint, pg_stat_get_live_tuples(c.oid), 0) AS rows,
       pg_table_size(c.oid) + pg_indexes_size(c.oid) AS bytes
FROM pg_inherits i
JOIN pg_class c ON c.oid = i.inhrelid
CROSS JOIN LATERAL (SELECT pg_get_expr(c.relpartbound, c.oid) AS bound) b
WHERE i.inhparent = 'tracking.activities'::regclass;

-- What a strip did to each partition, and which files it was in: what is written anew later has other files.
CREATE TABLE redaction.run_partitions (
    run_id bigint NOT NULL,
    partition_name text NOT NULL,
    mode text NOT NULL CHECK (mode IN ('update', 'rewrite')),
    rows bigint NOT NULL DEFAULT 0,
    filenodes bigint[] NOT NULL DEFAULT '{}',
    lsn pg_lsn NOT NULL DEFAULT pg_current_wal_insert_lsn(),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (run_id, partition_name, mode)
);

-- The partitions that hold stripped rows whose values are still in the files, and since when.
CREATE TABLE redaction.residue (
    partition_name text PRIMARY KEY,
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    rows bigint NOT NULL DEFAULT 0
);

-- Rows that were written while their partition was copied.
CREATE TABLE redaction.rewrite_changes (
    partition_name text NOT NULL,
    account_id bigint NOT NULL,
    called_at timestamptz NOT NULL,
    id bigint NOT NULL
);

-- The files of a partition: its heap, its TOAST table, and every index of either.
CREATE FUNCTION redaction.filenodes(partition_name text) RETURNS bigint[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
    WITH heap AS (
        SELECT oid, reltoastrelid FROM pg_class
        WHERE oid = to_regclass(format('tracking.%I', filenodes.partition_name))
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

CREATE FUNCTION redaction.note_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO redaction.rewrite_changes VALUES (TG_TABLE_NAME, OLD.account_id, OLD.called_at, OLD.id);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO redaction.rewrite_changes VALUES (TG_TABLE_NAME, NEW.account_id, NEW.called_at, NEW.id);
    END IF;
    RETURN NULL;
END
$body$;

-- First of three transactions: from its end on every change of the partition is noted. Whoever writes to the
-- partition at this moment is waited for, at most as long as lock_timeout says.
CREATE FUNCTION redaction.begin_rewrite(partition_name text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    part regclass := format('tracking.%I', begin_rewrite.partition_name)::regclass;
BEGIN
    IF NOT EXISTS (SELECT FROM redaction.partitions p WHERE p.relation = part) THEN
        RAISE undefined_table USING MESSAGE = 'this is no partition of the activities';
    END IF;
    -- Of the session, since a rewrite is three transactions; `end_rewrite` lets go.
    IF NOT pg_try_advisory_lock(hashtext('redaction.rewrite'), hashtext(begin_rewrite.partition_name)) THEN
        RAISE lock_not_available USING MESSAGE = 'the partition is being rewritten by another';
    END IF;
    EXECUTE format('DROP TABLE IF EXISTS tracking.%I', begin_rewrite.partition_name || '_new');
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = part AND tgname = 'note_change') THEN
        EXECUTE format(
            'CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON %s '
            'FOR EACH ROW EXECUTE FUNCTION redaction.note_change()', part
        );
    END IF;
    DELETE FROM redaction.rewrite_changes c WHERE c.partition_name = begin_rewrite.partition_name;
END
$body$;

{% macro find_due(restriction) %}
        EXECUTE format($sql$
            INSERT INTO pg_temp.due
            SELECT a.id, {% include "redact/_retained_row.sql" %}, {% include "redact/_names_its_caller.sql" %}

            FROM tracking.%1$I a
            JOIN redaction.run_activities r ON r.run_id = $1 AND r.activity_id = a.id
            {{ restriction }}
            WHERE {% with account = "$2", cutoff = "$3" %}{% include "redact/_aged.sql" %}{% endwith %}

        $sql$, part_name) USING run.id, run.account_id, run.cutoff;
        EXECUTE format($sql$
            INSERT INTO redaction.recordings_due (account_id, activity_id, url)
            SELECT a.account_id, a.id, a.recording_url
            FROM tracking.%1$I a
            {{ restriction }}
            JOIN pg_temp.due d ON d.id = a.id
            WHERE a.account_id = $1 AND a.recording_url IS NOT NULL
        $sql$, part_name) USING run.account_id;
{% endmacro %}
{% macro copy_rows(restriction) %}
    EXECUTE format($sql$
        INSERT INTO tracking.%2$I ({{ (keys + retained + personal + state) | join(", ") }})
        SELECT {% for column in keys + retained %}a.{{ column }}, {% endfor %}{% for column in personal %}CASE WHEN d.id IS NULL THEN a.{{ column }} END, {% endfor %}

               CASE WHEN d.id IS NULL THEN a.redacted_at ELSE now() END,
               CASE WHEN d.id IS NULL THEN a.redaction_run_id ELSE $1 END
        FROM tracking.%1$I a {{ restriction }}
        LEFT JOIN pg_temp.due d ON d.id = a.id AND a.account_id = $2
    $sql$, part_name, new_name) USING run.id, run.account_id;
{% endmacro %}
-- Second transaction: the copy and its indexes. With a run, the rows of its set that are still aged are stripped on the
-- way; without, the partition is only freed of its residue. Returns when the copy was made.
CREATE FUNCTION redaction.copy_partition(part_name text, for_run bigint) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET maintenance_work_mem = '256MB' SET work_mem = '64MB' AS $body$
DECLARE
    new_name text := part_name || '_new';
    part redaction.partitions;
    run redaction.runs;
    definition text;
BEGIN
    SELECT * INTO STRICT part FROM redaction.partitions p WHERE p.partition_name = part_name;
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = part.relation AND tgname = 'note_change') THEN
        RAISE object_not_in_prerequisite_state USING MESSAGE = 'begin_rewrite was not called for this partition';
    END IF;
    DROP TABLE IF EXISTS pg_temp.due;
    CREATE TEMPORARY TABLE due (id bigint NOT NULL, digest bigint, names_its_caller boolean);
    IF for_run IS NOT NULL THEN
        SELECT * INTO STRICT run FROM redaction.runs r WHERE r.id = for_run;
{{ find_due("") }}
        ANALYZE pg_temp.due;
    END IF;
    EXECUTE format(
        'CREATE TABLE tracking.%2$I (LIKE tracking.%1$I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE '
        'INCLUDING COMPRESSION)', part_name, new_name
    );
    IF NOT part.is_default THEN
        -- Proves the bounds as the rows come in, so that the swap has nothing to scan.
        EXECUTE format(
            'ALTER TABLE tracking.%I ADD CONSTRAINT within_bounds CHECK (called_at >= %L AND called_at < %L)',
            new_name, part.starts, part.ends
        );
    END IF;
    PERFORM tracking.sample_no_personal(format('tracking.%I', new_name)::regclass);
{{ copy_rows("") }}
    EXECUTE format('ALTER TABLE tracking.%I ADD PRIMARY KEY (account_id, called_at, id)', new_name);
    FOR definition IN
        SELECT CASE WHEN indisunique THEN 'CREATE UNIQUE INDEX ON tracking.%I' ELSE 'CREATE INDEX ON tracking.%I' END
               || replace(substring(pg_get_indexdef(indexrelid) FROM ' USING .*'), '%', '%%')
        FROM pg_index WHERE indrelid = part.relation AND NOT indisprimary ORDER BY indexrelid
    LOOP
        EXECUTE format(definition, new_name);
    END LOOP;
    RETURN clock_timestamp();
END
$body$;

-- Who may still read by a snapshot from before an instant: he would find a new partition empty, since its rows are
-- younger than what he may see.
CREATE FUNCTION redaction.older_snapshots(since timestamptz, OUT pid integer, OUT seconds double precision)
RETURNS SETOF record
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
    SELECT s.pid, extract(epoch FROM clock_timestamp() - s.xact_start)
    FROM pg_stat_activity s
    WHERE s.datname = current_database() AND s.pid <> pg_backend_pid() AND s.backend_type <> 'autovacuum worker'
      AND s.backend_xmin IS NOT NULL AND s.xact_start < since
      -- Who rewrites another partition reads that one alone.
      AND NOT EXISTS (
          SELECT FROM pg_locks l
          WHERE l.pid = s.pid AND l.locktype = 'advisory' AND l.objsubid = 2
            AND l.classid = (hashtext('redaction.rewrite')::bigint & x'ffffffff'::bigint)::oid
      )
    UNION ALL
    SELECT 0, extract(epoch FROM clock_timestamp() - x.prepared)
    FROM pg_prepared_xacts x WHERE x.database = current_database() AND x.prepared < since
    ORDER BY 2 DESC
$body$;

-- Third transaction: brings over what changed and swaps the partition in. Returns rows stripped, rows in the new
-- partition, changes brought over, and seconds for which others were locked out.
CREATE FUNCTION redaction.swap_partition(
    part_name text, for_run bigint, lock_ms integer, patience_ms integer,
    OUT stripped bigint, OUT remaining bigint, OUT brought_over bigint, OUT locked_seconds double precision
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    new_name text := part_name || '_new';
    part redaction.partitions;
    run redaction.runs;
    deadline timestamptz := clock_timestamp() + patience_ms * interval '1 millisecond';
    locked_at timestamptz;
    digested numeric;
    count_changed bigint;
BEGIN
    SELECT * INTO STRICT part FROM redaction.partitions p WHERE p.partition_name = part_name;
    IF for_run IS NOT NULL THEN
        SELECT * INTO STRICT run FROM redaction.runs r WHERE r.id = for_run;
    END IF;
    brought_over := 0;
    CREATE TEMPORARY TABLE changed (account_id bigint, called_at timestamptz, id bigint) ON COMMIT DROP;
    LOOP
        -- What changed during the copy is brought over before the lock; only the last changes wait for it.
        FOR final IN 0..1 LOOP
            IF final = 1 THEN
                BEGIN
                    PERFORM set_config('lock_timeout', lock_ms || 'ms', true);
                    EXECUTE format(
                        'LOCK TABLE ONLY tracking.activities, tracking.%I, tracking.activities_elsewhen '
                        'IN ACCESS EXCLUSIVE MODE', part_name
                    );
                    locked_at := clock_timestamp();
                EXCEPTION WHEN lock_not_available THEN
                    IF clock_timestamp() > deadline THEN
                        RAISE;
                    END IF;
                    EXIT;
                END;
            END IF;
            TRUNCATE pg_temp.changed;
            WITH noted AS (
                DELETE FROM redaction.rewrite_changes c WHERE c.partition_name = part_name RETURNING c.*
            )
            INSERT INTO pg_temp.changed SELECT DISTINCT n.account_id, n.called_at, n.id FROM noted n;
            GET DIAGNOSTICS count_changed = ROW_COUNT;
            IF count_changed > 0 THEN
                brought_over := brought_over + count_changed;
                EXECUTE format(
                    'DELETE FROM tracking.%I n USING pg_temp.changed c '
                    'WHERE n.account_id = c.account_id AND n.called_at = c.called_at AND n.id = c.id', new_name
                );
                IF for_run IS NOT NULL THEN
                    DELETE FROM pg_temp.due d USING pg_temp.changed c WHERE d.id = c.id AND c.account_id = run.account_id;
{{ find_due("JOIN pg_temp.changed c ON c.account_id = a.account_id AND c.called_at = a.called_at AND c.id = a.id") }}
                END IF;
{{ copy_rows("JOIN pg_temp.changed c ON c.account_id = a.account_id AND c.called_at = a.called_at AND c.id = a.id") }}
            END IF;
        END LOOP;
        EXIT WHEN locked_at IS NOT NULL;
        PERFORM pg_sleep(0.02 + random() * 0.2);
    END LOOP;

    SELECT count(*), coalesce(sum(digest), 0) INTO stripped, digested FROM pg_temp.due;
    IF stripped > 0 THEN
        INSERT INTO redaction.run_findings (run_id, activity_id)
        SELECT for_run, id FROM pg_temp.due WHERE names_its_caller
        ON CONFLICT DO NOTHING;
        UPDATE redaction.runs SET stripped_count = stripped_count + stripped, stripped_digest = stripped_digest + digested
        WHERE id = for_run;
        INSERT INTO redaction.run_partitions (run_id, partition_name, mode, rows, filenodes)
        VALUES (for_run, part_name, 'rewrite', stripped, redaction.filenodes(part_name))
        ON CONFLICT (run_id, partition_name, mode) DO UPDATE
        SET rows = run_partitions.rows + excluded.rows, filenodes = excluded.filenodes, lsn = excluded.lsn,
            at = excluded.at;
    END IF;
    DELETE FROM redaction.residue r WHERE r.partition_name = part_name;
    EXECUTE format('ALTER TABLE tracking.activities DETACH PARTITION tracking.%I', part_name);
    EXECUTE format('DROP TABLE tracking.%I', part_name);
    EXECUTE format('ALTER TABLE tracking.%I RENAME TO %I', new_name, part_name);
    EXECUTE format('ALTER TABLE tracking.activities ATTACH PARTITION tracking.%I %s', part_name, part.bound);
    IF NOT part.is_default THEN
        EXECUTE format('ALTER TABLE tracking.%I DROP CONSTRAINT within_bounds', part_name);
    END IF;
    DROP TABLE pg_temp.due;
    SELECT reltuples::bigint INTO remaining FROM pg_class WHERE oid = format('tracking.%I', part_name)::regclass;
    locked_seconds := extract(epoch FROM clock_timestamp() - locked_at);
END
$body$;

CREATE FUNCTION redaction.end_rewrite(partition_name text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
    SELECT pg_advisory_unlock(hashtext('redaction.rewrite'), hashtext(end_rewrite.partition_name))
$body$;
REVOKE ALL ON FUNCTION redaction.begin_rewrite(text), redaction.copy_partition(text, bigint),
    redaction.older_snapshots(timestamptz), redaction.swap_partition(text, bigint, integer, integer),
    redaction.end_rewrite(text) FROM PUBLIC;

GRANT EXECUTE ON FUNCTION tracking.ensure_partition(timestamptz, text) TO redaction_loader, redaction_worker;
GRANT EXECUTE ON FUNCTION redaction.begin_rewrite(text), redaction.copy_partition(text, bigint),
    redaction.older_snapshots(timestamptz), redaction.swap_partition(text, bigint, integer, integer),
    redaction.end_rewrite(text) TO redaction_worker;
GRANT SELECT ON redaction.partitions TO redaction_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON redaction.run_partitions, redaction.residue TO redaction_worker;

-- Personal columns of a partition of which the planner holds samples.
CREATE FUNCTION redaction.sampled_columns(part_name text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
    SELECT count(*) FROM pg_stats
    WHERE schemaname = 'tracking' AND tablename IN (part_name, 'activities')
      AND attname IN ({% for column in personal %}'{{ column[1:-1] }}'{{ ", " if not loop.last }}{% endfor %})
      AND (most_common_vals IS NOT NULL OR histogram_bounds IS NOT NULL OR most_common_elems IS NOT NULL)
$body$;
REVOKE ALL ON FUNCTION redaction.sampled_columns(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.sampled_columns(text) TO redaction_worker;

-- What was stripped before residue was kept account of was stripped in place, and is in the files still.
INSERT INTO redaction.run_partitions (run_id, partition_name, mode, rows, filenodes)
SELECT s.redaction_run_id, s.partition_name, 'update', s.rows, redaction.filenodes(s.partition_name)
FROM (
    SELECT a.redaction_run_id, p.partition_name, count(*) AS rows
    FROM tracking.activities a JOIN redaction.partitions p ON p.relation = a.tableoid
    WHERE a.redaction_run_id IS NOT NULL
    GROUP BY a.redaction_run_id, p.partition_name
) s;
INSERT INTO redaction.residue (partition_name, rows)
SELECT partition_name, sum(rows) FROM redaction.run_partitions GROUP BY partition_name;
