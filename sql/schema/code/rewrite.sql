-- name: rewrite()
-- Rewriting: the leaf of a partition is written anew with what may remain, beside the old one, which readers and writers
-- go on using; then the two are swapped in one short transaction. What is written meanwhile is noted by a trigger and
-- brought over before the swap, so nothing is lost and nobody waits for the copy. Only the partition itself is locked.

CREATE OR REPLACE FUNCTION redaction.note_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    {% with tables = ["tracking.activities"], operations = ["INSERT", "UPDATE", "DELETE"], timing = "AFTER", level = "ROW" %}{% include "database/_fired_on.sql" %}{% endwith %}

    IF TG_NARGS <> 1 OR TG_TABLE_NAME <> TG_ARGV[0] || '_rows' THEN
        RAISE SQLSTATE 'RD005' USING MESSAGE = 'a leaf notes what changes in its own partition';
    END IF;
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO redaction.rewrite_changes VALUES (TG_ARGV[0], OLD.account_id, OLD.called_at, OLD.id);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO redaction.rewrite_changes VALUES (TG_ARGV[0], NEW.account_id, NEW.called_at, NEW.id);
    END IF;
    RETURN NULL;
END
$body$;

-- First of three transactions: from its end on every change of the partition is noted. Whoever writes to the
-- partition at this moment is waited for, `lock_ms` milliseconds at most. Neither this transaction nor the second waits for
-- the disk: what a crash takes of them is made again, and the commit of the third makes all last.
DROP FUNCTION IF EXISTS redaction.begin_rewrite(text);
CREATE OR REPLACE FUNCTION redaction.begin_rewrite(part_name text, lock_ms integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    part redaction.partitions;
BEGIN
    PERFORM set_config('lock_timeout', lock_ms || 'ms', true), set_config('synchronous_commit', 'off', true);
    SELECT * INTO part FROM redaction.partitions p WHERE p.relation = to_regclass(format('tracking.%I', part_name));
    IF NOT FOUND THEN
        RAISE undefined_table USING MESSAGE = 'this is no partition of the activities';
    END IF;
    -- Of the session, since a rewrite is three transactions; `end_rewrite` lets go.
    IF NOT pg_try_advisory_lock(hashtext('redaction.rewrite'), hashtext(part_name)) THEN
        RAISE lock_not_available USING MESSAGE = 'the partition is being rewritten by another';
    END IF;
    EXECUTE format('DROP TABLE IF EXISTS tracking.%I', part_name || '_new');
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = part.leaf AND tgname = 'note_change') THEN
        EXECUTE format(
            'CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON tracking.%I '
            'FOR EACH ROW EXECUTE FUNCTION redaction.note_change(%L)', part.leaf_name, part_name
        );
    END IF;
    DELETE FROM redaction.rewrite_changes c WHERE c.partition_name = part_name;
END
$body$;

-- Which rows of an account's in a leaf need not be compared with their texts one by one. Texts repeat, so a sample of the
-- pages shows most of them: `known` has the hashes of those that hold nothing like a number or an address, and what
-- a caller's full name must begin with to be in one of them is among `beginnings`, three letters each in lower case, and
-- `spelled` in each case. Where texts do not repeat, all are NULL: every row is to be compared.
DROP FUNCTION IF EXISTS redaction.hint_at_callers(text);
CREATE OR REPLACE FUNCTION redaction.hint_at_callers(
    leaf_name text, account bigint, due bigint, OUT beginnings text[], OUT spelled text[], OUT known bigint[]
)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
-- Rows are few and fetched by their place.
SET enable_sort = off SET enable_hashjoin = off SET enable_mergejoin = off AS $body$
DECLARE
    texts record;
BEGIN
    EXECUTE format($sql$
        SELECT array_agg(t.place) AS places, array_agg(t.hash) AS hashes, sum(t.rows) AS rows
        FROM (
            SELECT {% include "redact/_texts_key.sql" %} AS hash, min(a.ctid) AS place, count(*) AS rows
            FROM tracking.%I a TABLESAMPLE SYSTEM ($2) REPEATABLE (0)
            WHERE a.account_id = $1 AND a.redacted_at IS NULL
            GROUP BY 1
        ) t
    $sql$, leaf_name) INTO texts USING account, least(100, greatest(10, 200000.0 / greatest(due, 1)));
    IF texts.rows IS NULL OR cardinality(texts.places) * 3 > texts.rows THEN
        RETURN;
    END IF;
    EXECUTE format($sql$
        WITH samples AS MATERIALIZED (
            SELECT s.hash, lower({% include "redact/_retained_texts.sql" %}) AS texts
            FROM unnest($1, $2) AS s (place, hash) JOIN tracking.%I a ON a.ctid = s.place
        ), words AS MATERIALIZED (
            SELECT DISTINCT w.word FROM samples s CROSS JOIN LATERAL string_to_table(s.texts, ' | ') AS w (word)
        )
        SELECT ARRAY(
                   SELECT DISTINCT substr(w.word, i, 3)
                   FROM words w CROSS JOIN LATERAL generate_series(1, length(w.word)) AS i
               ),
               ARRAY(SELECT s.hash FROM samples s WHERE (s.texts ~ '@|(?:[0-9][^0-9]*){7}') IS NOT TRUE)
    $sql$, leaf_name) INTO beginnings, known USING texts.places, texts.hashes;
    spelled := ARRAY(
        SELECT DISTINCT one.letter || two.letter || three.letter
        FROM unnest(beginnings) AS b (letters)
        CROSS JOIN LATERAL (VALUES (substr(letters, 1, 1)), (upper(substr(letters, 1, 1)))) AS one (letter)
        CROSS JOIN LATERAL (VALUES (substr(letters, 2, 1)), (upper(substr(letters, 2, 1)))) AS two (letter)
        CROSS JOIN LATERAL (VALUES (substr(letters, 3, 1)), (upper(substr(letters, 3, 1)))) AS three (letter)
    );
END
$body$;
REVOKE ALL ON FUNCTION redaction.hint_at_callers(text, bigint, bigint) FROM PUBLIC;

-- Does this session rewrite the partition, since `begin_rewrite` and until `end_rewrite`?
CREATE OR REPLACE FUNCTION redaction.is_rewriting(part_name text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
    SELECT EXISTS (
        SELECT FROM pg_locks l
        WHERE l.pid = pg_backend_pid() AND l.locktype = 'advisory' AND l.objsubid = 2 AND l.granted
          AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
          AND l.classid = (hashtext('redaction.rewrite')::bigint & x'ffffffff'::bigint)::oid
          AND l.objid = (hashtext(part_name)::bigint & x'ffffffff'::bigint)::oid
    )
$body$;
REVOKE ALL ON FUNCTION redaction.is_rewriting(text) FROM PUBLIC;

-- Is a temporary table one that we have made? Its session could have put one of the name there, with a trigger that
-- would then act with our rights.
CREATE OR REPLACE FUNCTION redaction.is_ours(table_name text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
    SELECT EXISTS (
        SELECT FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
        WHERE c.oid = to_regclass('pg_temp.' || quote_ident(table_name)) AND r.rolname = current_user
    )
$body$;
REVOKE ALL ON FUNCTION redaction.is_ours(text) FROM PUBLIC;

-- Builds the indexes that a leaf has beside its key on its copy: the partial ones, or the others.
CREATE OR REPLACE FUNCTION redaction.build_indexes(leaf oid, new_name text, partial boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    definition text;
BEGIN
    FOR definition IN
        SELECT CASE WHEN indisunique THEN 'CREATE UNIQUE INDEX ON tracking.%I' ELSE 'CREATE INDEX ON tracking.%I' END
               || replace(substring(pg_get_indexdef(indexrelid) FROM ' USING .*'), '%', '%%')
        FROM pg_index WHERE indrelid = leaf AND NOT indisprimary AND (indpred IS NOT NULL) = partial ORDER BY indexrelid
    LOOP
        EXECUTE format(definition, new_name);
    END LOOP;
END
$body$;
REVOKE ALL ON FUNCTION redaction.build_indexes(oid, text, boolean) FROM PUBLIC;

{% set due %}a.id = ANY($3) AND {% with account = "$1", cutoff = "$2" %}{% include "redact/_aged.sql" %}{% endwith %}{% endset %}
-- Of ids that were rid of what is held in the same snapshot.
{% set free_due %}a.id = ANY($3) AND {% with account = "$1", cutoff = "$2", holds = false %}{% include "redact/_aged.sql" %}{% endwith %}{% endset %}
{% set columns = keys + retained + personal + state %}
-- Second transaction: the copy and its indexes. With a run, the rows of its set that are still aged are stripped on the
-- way, and of how many of them each category of personal data is taken is counted, as they are at this moment; without, the
-- partition is only freed of its residue. Several statements read the old leaf, therefore in REPEATABLE
-- READ: what is counted, digested and not held is what is copied. Returns when the copy was made.
CREATE OR REPLACE FUNCTION redaction.copy_partition(part_name text, for_run bigint) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET maintenance_work_mem = '256MB' SET work_mem = '64MB' AS $body$
DECLARE
    new_name text := part_name || '_new';
    part redaction.partitions;
    run redaction.runs;
    due_ids bigint[] := '{}';
    hints record;
    learnt jsonb;
    counted record;
    living bigint := 0;
    held record;
    suspects bigint[] := '{}';
    masks integer[] := '{}';
    rows_of_mask bigint[] := '{}';
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    SELECT * INTO STRICT part FROM redaction.partitions p WHERE p.relation = to_regclass(format('tracking.%I', part_name));
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = part.leaf AND tgname = 'note_change')
        OR NOT redaction.is_rewriting(part_name)
        OR current_setting('transaction_isolation') <> 'repeatable read' THEN
        RAISE object_not_in_prerequisite_state
            USING MESSAGE = 'a copy is made after begin_rewrite, in a transaction that is REPEATABLE READ';
    END IF;
    -- Made once a session: their definitions would take longer than all that they ever hold.
    IF NOT (redaction.is_ours('copied') AND redaction.is_ours('findings')) THEN
        DROP TABLE IF EXISTS pg_temp.copied, pg_temp.findings;
        CREATE TEMPORARY TABLE copied (
            partition_name text, run_id bigint, new_leaf oid, at timestamptz, stripped bigint, digest numeric,
            by_category jsonb, holds bigint[]
        );
        CREATE TEMPORARY TABLE findings (id bigint NOT NULL);
    END IF;
    DELETE FROM pg_temp.copied;
    DELETE FROM pg_temp.findings;
    INSERT INTO pg_temp.copied (partition_name, run_id, at, stripped, digest, by_category, holds)
    VALUES (part_name, for_run, now(), 0, 0, '{}', ARRAY(SELECT h.id FROM redaction.holds h WHERE h.released_at IS NULL));
    IF for_run IS NOT NULL THEN
        SELECT * INTO STRICT run FROM redaction.runs r WHERE r.id = for_run;
        -- No copy is begun that may not be swapped in; the swap asks again.
        PERFORM redaction.check_strip(run.account_id, for_run);
        SELECT coalesce(array_agg(u.id), '{}') INTO due_ids
        FROM (
            SELECT unnest(b.activity_ids) AS id FROM redaction.run_batches b
            WHERE b.run_id = for_run AND b.partition_name = part_name
        ) u;
        SELECT * INTO held FROM redaction.find_held(part.leaf_name, run.account_id);
        IF held.everything THEN
            due_ids := '{}';
        ELSIF held.ids <> '{}' THEN
            due_ids := ARRAY(SELECT u.id FROM unnest(due_ids) AS u (id) WHERE (u.id IN (SELECT unnest(held.ids))) IS NOT TRUE);
        END IF;
        -- In a table of ours, not in a setting of the session, which could say that no row need be looked at.
        IF redaction.is_ours('hints') THEN
            SELECT h.learnt INTO learnt FROM pg_temp.hints h;
        ELSE
            DROP TABLE IF EXISTS pg_temp.hints;
            CREATE TEMPORARY TABLE hints (learnt jsonb);
        END IF;
        SELECT * INTO hints
        FROM jsonb_to_record(coalesce(learnt, '{}')) AS h (beginnings text[], spelled text[], known bigint[]);
        IF hints.known IS NULL THEN
            SELECT * INTO hints FROM redaction.hint_at_callers(part.leaf_name, run.account_id, cardinality(due_ids));
        END IF;
        FOR counted IN EXECUTE format($sql$
            SELECT f.categories, count(*) AS rows, sum(f.digest) AS digest,
                   array_agg(f.id) FILTER (WHERE f.is_suspect) AS suspects
            FROM (
                -- NULL for what is not due.
                SELECT CASE WHEN a.is_due THEN a.mask END AS categories, a.id,
                       CASE WHEN a.is_due THEN {% with texts_hash = "a.texts_hash" %}{% include "redact/_retained_row.sql" %}{% endwith %} END AS digest,
                       a.is_due AND ($4 IS NULL OR {% with texts_hash = "a.texts_hash" %}{% include "redact/_texts_key.sql" %}{% endwith %} <> ALL($5)
                           -- Three letters of one byte that no space precedes are looked for as they are. Others are cut
                           -- short before they are lowered, but not so short that a letter is taken for the last one.
                           OR CASE WHEN octet_length(a.initial) = 3 AND ascii(a.initial) > 32 THEN a.initial = ANY($6)
                                   ELSE left(lower(left(btrim(a.caller_name), 8)), 3) = ANY($4) END) AS is_suspect
                FROM (
                    SELECT a.*, ({{ free_due }}) IS TRUE AS is_due, {% include "redact/_held_categories.sql" %} AS mask,
                           {% include "redact/_texts_hash.sql" %} AS texts_hash, left(a.caller_name, 3) AS initial
                    FROM tracking.%I a OFFSET 0
                ) a
            ) f
            GROUP BY f.categories
        $sql$, part.leaf_name)
        USING run.account_id, run.cutoff, due_ids, hints.beginnings, hints.known, hints.spelled
        LOOP
            IF counted.categories IS NULL THEN
                living := counted.rows;
            ELSE
                masks := masks || counted.categories;
                rows_of_mask := rows_of_mask || counted.rows;
                UPDATE pg_temp.copied SET stripped = stripped + counted.rows, digest = digest + counted.digest;
                suspects := suspects || counted.suspects;
            END IF;
        END LOOP;
        -- What was learnt of texts holds wherever they are; it is learnt anew when it leaves one row of ten open.
        IF cardinality(suspects) * 10 >= (SELECT k.stripped FROM pg_temp.copied k) THEN
            DELETE FROM pg_temp.hints;
        ELSIF learnt IS NULL THEN
            INSERT INTO pg_temp.hints VALUES (to_jsonb(hints));
        END IF;
        UPDATE pg_temp.copied SET by_category = (
            SELECT {% with masks = "m.categories" %}{% include "redact/_count_categories.sql" %}{% endwith %}

            FROM unnest(masks, rows_of_mask) AS m (categories, rows)
        );
        IF suspects <> '{}' THEN
            EXECUTE format($sql$
                INSERT INTO pg_temp.findings
                SELECT a.id FROM (
                    SELECT a.*, {% include "redact/_retained_texts.sql" %} AS texts
                    FROM tracking.%I a WHERE a.account_id = $1 AND a.id = ANY($2) OFFSET 0
                ) a
                WHERE {% include "redact/_names_its_caller.sql" %}

            $sql$, part.leaf_name) USING run.account_id, suspects;
        END IF;
    ELSE
        living := 1;
    END IF;
    EXECUTE format(
        'CREATE TABLE tracking.%I (LIKE tracking.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE '
        'INCLUDING COMPRESSION)', new_name, part.leaf_name
    );
    IF NOT part.is_default THEN
        -- Proves the bounds as the rows come in, so that the swap has nothing to scan.
        EXECUTE format(
            'ALTER TABLE tracking.%I ADD CONSTRAINT within_bounds CHECK (called_at >= %L AND called_at < %L)',
            new_name, part.starts, part.ends
        );
    END IF;
    PERFORM tracking.sample_no_personal(format('tracking.%I', new_name)::regclass);
    UPDATE pg_temp.copied SET new_leaf = format('tracking.%I', new_name)::regclass;
    -- Indexes are built after the copy; but one that no stripped row is in costs nothing while only such rows come.
    IF living = 0 THEN
        PERFORM redaction.build_indexes(part.leaf, new_name, true);
    END IF;
    EXECUTE format($sql$
        INSERT INTO tracking.%I ({{ (keys + retained + state) | join(", ") }})
        SELECT {% for column in keys + retained %}a.{{ column }}, {% endfor %}now(), $4
        FROM tracking.%I a WHERE %s
    $sql$, new_name, part.leaf_name,
        -- In this snapshot every row is due, as was counted.
        CASE WHEN living = 0 THEN 'true' ELSE $due${{ free_due }}$due$ END
    ) USING run.account_id, run.cutoff, due_ids, run.id;
    IF living > 0 THEN
        EXECUTE format($sql$
            INSERT INTO tracking.%I ({{ columns | join(", ") }})
            SELECT {{ columns | join(", ") }} FROM tracking.%I a WHERE ({{ free_due }}) IS NOT TRUE
        $sql$, new_name, part.leaf_name) USING run.account_id, run.cutoff, due_ids;
    END IF;
    EXECUTE format('ALTER TABLE tracking.%I ADD PRIMARY KEY (account_id, called_at, id)', new_name);
    PERFORM redaction.build_indexes(part.leaf, new_name, false);
    IF living > 0 THEN
        PERFORM redaction.build_indexes(part.leaf, new_name, true);
    END IF;
    RETURN clock_timestamp();
END
$body$;

-- Brings what was changed since the copy over into it, in statements of one snapshot each: a row that was copied goes,
-- with what was counted for it, and comes back as it now is. Returns how many rows were changed.
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
        SELECT count(*) AS stripped, coalesce(sum({% include "redact/_retained_row.sql" %}), 0) AS digest
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
        SELECT count(*) AS stripped, coalesce(sum({% include "redact/_retained_row.sql" %}), 0) AS digest,
               array_agg(a.id) FILTER (WHERE {% include "redact/_names_its_caller.sql" %}) AS findings
        FROM (SELECT a.*, {% include "redact/_retained_texts.sql" %} AS texts FROM present a WHERE a.is_due OFFSET 0) a
    $sql$, part.leaf_name, new_name) INTO counted USING run.account_id, run.cutoff, due_ids, run.id;
    UPDATE pg_temp.copied SET stripped = stripped + counted.stripped, digest = digest + counted.digest;
    INSERT INTO pg_temp.findings SELECT unnest(counted.findings);
    RETURN changes;
END
$body$;

-- Who may still read by a snapshot from before an instant: he would find a new leaf empty, since its rows are younger
-- than what he may see.
CREATE OR REPLACE FUNCTION redaction.older_snapshots(since timestamptz, OUT pid integer, OUT seconds double precision)
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

-- Third transaction: brings over what changed and swaps the leaf in. Is given up if a hold was placed on the account since
-- the copy: the partition is then updated in place, row by row without what is held. Returns rows stripped, rows in the new leaf, changes
-- brought over, and seconds for which others were locked out of the partition.
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
        RAISE object_not_in_prerequisite_state
            USING MESSAGE = 'a partition is swapped by the session that has made its copy, for the same run';
    END IF;
    SELECT * INTO STRICT part FROM redaction.partitions p WHERE p.relation = to_regclass(format('tracking.%I', part_name));
    PERFORM set_config('lock_timeout', lock_ms || 'ms', true);
    brought_over := 0;
    LOOP
        -- What changed during the copy is brought over before the lock; only the last changes wait for it.
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
        SELECT DISTINCT for_run, f.id FROM pg_temp.findings f
        ON CONFLICT DO NOTHING;
        UPDATE redaction.runs
        SET stripped_count = stripped_count + stripped, stripped_digest = stripped_digest + copy.digest,
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

-- Instead of the third transaction, when a rewrite is given up: its copy goes, and changes are no longer noted. Who holds
-- the partition locked keeps the trigger there until the next rewrite. Does nothing for who does not rewrite it.
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

-- Is somebody else at work in this database, as far as the owner may see: now, or within the last second? A redaction's own
-- sessions are known by the name that they go by.
CREATE OR REPLACE FUNCTION redaction.others_at_work() RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
    SELECT EXISTS (
        SELECT FROM pg_stat_activity s
        WHERE s.datname = current_database() AND s.backend_type = 'client backend'
          AND s.application_name NOT IN ('redaction_worker', 'redaction_manager', 'owner')
          AND (s.state = 'active' OR s.state_change > clock_timestamp() - interval '1 second')
    )
$body$;
REVOKE ALL ON FUNCTION redaction.others_at_work(), redaction.begin_rewrite(text, integer), redaction.copy_partition(text, bigint),
    redaction.bring_over(text, bigint), redaction.older_snapshots(timestamptz),
    redaction.swap_partition(text, bigint, integer, integer), redaction.abandon_rewrite(text, integer),
    redaction.end_rewrite(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.others_at_work(), redaction.begin_rewrite(text, integer), redaction.copy_partition(text, bigint),
    redaction.older_snapshots(timestamptz), redaction.swap_partition(text, bigint, integer, integer),
    redaction.abandon_rewrite(text, integer), redaction.end_rewrite(text) TO redaction_worker;
