-- name: rewrite_swap()
-- The end of a rewrite: changes since the copy are brought over, and the copy is swapped in, or given up.

{% set due %}a.id = ANY($3) AND {% with account = "$1", cutoff = "$2" %}{% include "select/_aged.sql" %}{% endwith %}{% endset %}
{% set with_facts %}texts a CROSS JOIN LATERAL (
    SELECT f.*, replace(f.words, ' ', '') AS squeezed FROM redaction.find_facts(a.texts) f OFFSET 0
) f{% endset %}
{% set columns = keys + retained + personal + state %}
-- Brings the changes since the copy into it, in statements of one snapshot each: a copied row is removed, with its
-- counts, and added again in its present state. Returns the number of changed rows.
CREATE OR REPLACE FUNCTION redaction.bring_over(part_name text, for_run bigint) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    new_name text := part_name || '_new';
    part redaction.partitions;
    run redaction.runs;
    due_ids bigint[] := '{}';
    counted record;
    changes bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM redaction.rewrite_changes c WHERE c.partition_name = part_name) THEN
        RETURN 0;
    END IF;
    IF NOT redaction.is_ours('changed') THEN
        DROP TABLE IF EXISTS pg_temp.changed;
        CREATE TEMPORARY TABLE changed (account_id bigint, called_at timestamptz, id bigint) ON COMMIT DROP;
    END IF;
    TRUNCATE pg_temp.changed;
    WITH noted AS (
        DELETE FROM redaction.rewrite_changes c WHERE c.partition_name = part_name RETURNING c.*
    )
    INSERT INTO pg_temp.changed SELECT DISTINCT n.account_id, n.called_at, n.id FROM noted n;
    GET DIAGNOSTICS changes = ROW_COUNT;
    SELECT * INTO STRICT part FROM redaction.partitions p WHERE p.relation = to_regclass(format('tracking.%I', part_name));
    EXECUTE format($sql$
        WITH gone AS (
            DELETE FROM tracking.%I n USING pg_temp.changed c
            WHERE n.account_id = c.account_id AND n.called_at = c.called_at AND n.id = c.id RETURNING n.*
        )
        SELECT count(*) AS stripped, coalesce(sum({% include "strip/_retained_row.sql" %}), 0) AS digest
        FROM gone a JOIN pg_temp.copied k ON a.redacted_at = k.at WHERE a.redaction_run_id = $1
    $sql$, new_name) INTO counted USING for_run;
    UPDATE pg_temp.copied SET stripped = stripped - counted.stripped, digest = digest - counted.digest;
    IF for_run IS NOT NULL THEN
        SELECT * INTO STRICT run FROM redaction.runs r WHERE r.id = for_run;
        DELETE FROM pg_temp.findings f USING pg_temp.changed c WHERE f.id = c.id AND c.account_id = run.account_id;
        SELECT coalesce(array_agg(u.id), '{}') INTO due_ids
        FROM redaction.run_batches b CROSS JOIN LATERAL unnest(b.activity_ids) AS u (id)
        JOIN pg_temp.changed c ON c.account_id = run.account_id AND c.id = u.id
        WHERE b.run_id = for_run AND b.partition_name = part_name;
    END IF;
    EXECUTE format($sql$
        WITH present AS MATERIALIZED (
            SELECT a.*, ({{ due }}) IS TRUE AS is_due
            FROM tracking.%I a
            JOIN pg_temp.changed c ON c.account_id = a.account_id AND c.called_at = a.called_at AND c.id = a.id
        ), inserted AS (
            INSERT INTO tracking.%I ({{ columns | join(", ") }})
            SELECT {% for column in keys + retained %}a.{{ column }}, {% endfor %}{% for column in personal %}CASE WHEN NOT a.is_due THEN a.{{ column }} END, {% endfor %}

                   CASE WHEN a.is_due THEN k.at ELSE a.redacted_at END,
                   CASE WHEN a.is_due THEN $4 ELSE a.redaction_run_id END
            FROM present a CROSS JOIN pg_temp.copied k
        )
        , texts AS MATERIALIZED (
            SELECT a.*, {% include "strip/_retained_texts.sql" %} AS texts
            FROM present a WHERE a.is_due
        ), {% with account = "$1", rows = with_facts %}{% include "strip/_judged.sql" %}{% endwith %}
        , findings AS (
            INSERT INTO pg_temp.findings SELECT j.id, j.is_common FROM judged j
        )
        SELECT count(*) AS stripped, coalesce(sum({% include "strip/_retained_row.sql" %}), 0) AS digest
        FROM texts a
    $sql$, part.leaf_name, new_name) INTO counted USING run.account_id, run.cutoff, due_ids, run.id;
    UPDATE pg_temp.copied SET stripped = stripped + counted.stripped, digest = digest + counted.digest;
    RETURN changes;
END
$body$;

-- The sessions that may still read by a snapshot from before an instant: they would find a new leaf empty, since its
-- rows are too young for them.
CREATE OR REPLACE FUNCTION redaction.older_snapshots(since timestamptz, OUT pid integer, OUT seconds double precision)
RETURNS SETOF record
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
    SELECT s.pid, extract(epoch FROM clock_timestamp() - s.xact_start)
    FROM pg_stat_activity s
    WHERE s.datname = current_database() AND s.pid <> pg_backend_pid() AND s.backend_type <> 'autovacuum worker'
      AND s.backend_xmin IS NOT NULL AND s.xact_start < since
      -- A session that rewrites another partition reads only that one.
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

-- Third transaction: brings over changes and swaps the leaf in. It is given up if a hold was placed on the account
-- since the copy: the partition is then updated in place, row by row without what is held. Returns rows stripped, rows
-- in the new leaf, changes brought over, and seconds for which others were blocked.
CREATE OR REPLACE FUNCTION redaction.swap_partition(
    part_name text, for_run bigint, lock_ms integer, patience_ms integer,
    OUT stripped bigint, OUT remaining bigint, OUT brought_over bigint, OUT locked_seconds double precision
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    new_name text := part_name || '_new';
    part redaction.partitions;
    deadline timestamptz := clock_timestamp() + patience_ms * interval '1 millisecond';
    locked_at timestamptz;
    copy record;
    account bigint := (SELECT r.account_id FROM redaction.runs r WHERE r.id = for_run);
    old_files bigint[] := redaction.filenodes(part_name);
BEGIN
    IF redaction.is_ours('copied') AND redaction.is_ours('findings') THEN
        PERFORM FROM pg_temp.copied k
        WHERE k.partition_name = part_name AND k.run_id IS NOT DISTINCT FROM for_run
          AND k.new_leaf = to_regclass(format('tracking.%I', new_name)) AND redaction.is_rewriting(part_name);
    END IF;
    IF NOT FOUND THEN
        RAISE SQLSTATE 'RD014'
            USING MESSAGE = 'a partition is swapped by the session that has made its copy, for the same run';
    END IF;
    SELECT * INTO STRICT part FROM redaction.partitions p WHERE p.relation = to_regclass(format('tracking.%I', part_name));
    PERFORM set_config('lock_timeout', lock_ms || 'ms', true);
    brought_over := 0;
    LOOP
        -- Changes during the copy are brought over before the lock; only the last ones wait for it.
        brought_over := brought_over + redaction.bring_over(part_name, for_run);
        BEGIN
            IF for_run IS NOT NULL THEN
                PERFORM redaction.enter_strip(account, for_run);
            END IF;
            EXECUTE format('LOCK TABLE ONLY tracking.%I, tracking.%I IN ACCESS EXCLUSIVE MODE', part_name, part.leaf_name);
            locked_at := clock_timestamp();
            EXIT;
        EXCEPTION WHEN lock_not_available THEN
            IF clock_timestamp() > deadline THEN
                RAISE;
            END IF;
        END;
        PERFORM pg_sleep(0.02 + random() * 0.2);
    END LOOP;
    IF EXISTS (
        SELECT FROM redaction.holds h
        WHERE h.account_id = account AND h.released_at IS NULL AND h.id <> ALL((SELECT k.holds FROM pg_temp.copied k)::bigint[])
    ) THEN
        RAISE lock_not_available USING MESSAGE = 'a hold was placed while the partition was copied';
    END IF;
    brought_over := brought_over + redaction.bring_over(part_name, for_run);
    EXECUTE format('DROP TABLE tracking.%I', part.leaf_name);
    EXECUTE format('ALTER TABLE tracking.%I RENAME TO %I', new_name, part_name || '_rows');
    EXECUTE format('ALTER TABLE tracking.%I ATTACH PARTITION tracking.%I DEFAULT', part_name, part_name || '_rows');
    IF NOT part.is_default THEN
        EXECUTE format('ALTER TABLE tracking.%I DROP CONSTRAINT within_bounds', part_name || '_rows');
    END IF;
    PERFORM tracking.guard_leaf(format('tracking.%I', part_name || '_rows')::regclass);
    SELECT k.* INTO copy FROM pg_temp.copied k;
    stripped := copy.stripped;
    IF stripped > 0 THEN
        INSERT INTO redaction.run_findings (run_id, activity_id)
        SELECT DISTINCT for_run, f.id FROM pg_temp.findings f WHERE NOT f.is_common
        ON CONFLICT DO NOTHING;
        UPDATE redaction.runs
        SET stripped_count = stripped_count + stripped, stripped_digest = stripped_digest + copy.digest,
            common_names = common_names + (SELECT count(DISTINCT f.id) FROM pg_temp.findings f WHERE f.is_common),
            by_category = redaction.add_counts(by_category, copy.by_category)
        WHERE id = for_run;
        INSERT INTO redaction.run_partitions (run_id, partition_name, mode, rows, filenodes)
        VALUES (for_run, part_name, 'rewrite', stripped, old_files)
        ON CONFLICT (run_id, partition_name, mode) DO UPDATE
        SET rows = run_partitions.rows + excluded.rows, filenodes = excluded.filenodes, lsn = excluded.lsn,
            at = excluded.at;
    END IF;
    UPDATE redaction.run_batches b SET stripped = true WHERE b.run_id = for_run AND b.partition_name = part_name;
    DELETE FROM redaction.residue r WHERE r.partition_name = part_name;
    DELETE FROM pg_temp.copied;
    DELETE FROM pg_temp.findings;
    SELECT reltuples::bigint INTO remaining FROM pg_class WHERE oid = format('tracking.%I', part_name || '_rows')::regclass;
    locked_seconds := extract(epoch FROM clock_timestamp() - locked_at);
END
$body$;

-- Instead of the third transaction, when a rewrite is given up: its copy is dropped, and changes are no longer
-- recorded. If others keep the partition locked, the trigger stays until the next rewrite. Does nothing in a session
-- that does not rewrite the partition.
CREATE OR REPLACE FUNCTION redaction.abandon_rewrite(part_name text, lock_ms integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    leaf text := (SELECT p.leaf_name FROM redaction.partitions p WHERE p.relation = to_regclass(format('tracking.%I', part_name)));
BEGIN
    IF leaf IS NULL OR NOT redaction.is_rewriting(part_name) THEN
        RETURN;
    END IF;
    PERFORM set_config('lock_timeout', lock_ms || 'ms', true);
    EXECUTE format('DROP TABLE IF EXISTS tracking.%I', part_name || '_new');
    BEGIN
        EXECUTE format('DROP TRIGGER IF EXISTS note_change ON tracking.%I', leaf);
        DELETE FROM redaction.rewrite_changes c WHERE c.partition_name = part_name;
    EXCEPTION WHEN lock_not_available THEN
        NULL;
    END;
END
$body$;

CREATE OR REPLACE FUNCTION redaction.end_rewrite(part_name text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
    SELECT pg_advisory_unlock(hashtext('redaction.rewrite'), hashtext(part_name))
$body$;

DROP FUNCTION IF EXISTS redaction.others_at_work();
-- The present writes of others: their transactions with a number, which everybody may see, and how many of their
-- sessions wait for a lock or a file, as far as the owner may see. A redaction's own sessions are known by their
-- application name. A session that is idle in its transaction waits for nobody. `latest` is the present transaction
-- number: if the views are withheld, it counts writes, ours among them.
CREATE OR REPLACE FUNCTION redaction.writes_of_others(
    OUT xids bigint[], OUT waiting integer, OUT latest bigint, OUT is_known boolean
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    latest := CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint);
    SELECT coalesce(array_agg(CAST(CAST(s.backend_xid AS text) AS bigint)) FILTER (
               WHERE s.backend_xid IS NOT NULL AND coalesce(s.state, '') NOT LIKE 'idle in transaction%'
           ), '{}'),
           count(*) FILTER (
               WHERE s.datname = current_database() AND s.wait_event_type IN ('Lock', 'BufferPin', 'IO')
           ), true
    INTO xids, waiting, is_known
    FROM pg_stat_activity s
    WHERE coalesce(s.backend_type, 'client backend') = 'client backend'
      AND s.application_name NOT IN ('redaction_worker', 'redaction_manager', 'owner');
EXCEPTION WHEN insufficient_privilege OR undefined_table OR undefined_column THEN
    xids := '{}';
    waiting := 0;
    is_known := false;
END
$body$;
REVOKE ALL ON FUNCTION redaction.writes_of_others(), redaction.bring_over(text, bigint), redaction.older_snapshots(timestamptz),
    redaction.swap_partition(text, bigint, integer, integer), redaction.abandon_rewrite(text, integer),
    redaction.end_rewrite(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.writes_of_others(), redaction.older_snapshots(timestamptz),
    redaction.swap_partition(text, bigint, integer, integer), redaction.abandon_rewrite(text, integer),
    redaction.end_rewrite(text) TO redaction_worker;
