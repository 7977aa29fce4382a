-- name: rewrite_copy()
-- The middle of a rewrite: a copy of the leaf, in which the due rows of a run have no personal values.

{% set free_due %}{% with account = "$1", cutoff = "$2", holds = false %}{% include "select/_aged.sql" %}{% endwith %} AND a.id = ANY($3){% endset %}
{% set with_facts %}texts a CROSS JOIN LATERAL (
    SELECT f.*, replace(f.words, ' ', '') AS squeezed FROM redaction.find_facts(a.texts) f OFFSET 0
) f{% endset %}
{% set columns = keys + retained + personal + state %}
-- Prepares the two tables of this session that describe the copy for the swap: `copied`, one row about it and what was
-- stripped, and `findings`, the activities whose retained text names their caller, by common words alone or not.
CREATE OR REPLACE FUNCTION redaction.begin_copy(part_name text, for_run bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    -- Created once a session: their definitions would take longer than all their rows.
    IF NOT (redaction.is_ours('copied') AND redaction.is_ours('findings')) THEN
        DROP TABLE IF EXISTS pg_temp.copied, pg_temp.findings;
        CREATE TEMPORARY TABLE copied (
            partition_name text, run_id bigint, new_leaf oid, at timestamptz, stripped bigint, digest numeric,
            by_category jsonb, holds bigint[]
        );
        CREATE TEMPORARY TABLE findings (id bigint NOT NULL, is_common boolean NOT NULL);
    END IF;
    DELETE FROM pg_temp.copied;
    DELETE FROM pg_temp.findings;
    INSERT INTO pg_temp.copied (partition_name, run_id, at, stripped, digest, by_category, holds)
    VALUES (part_name, for_run, now(), 0, 0, '{}', ARRAY(SELECT h.id FROM redaction.holds h WHERE h.released_at IS NULL));
END
$body$;
REVOKE ALL ON FUNCTION redaction.begin_copy(text, bigint) FROM PUBLIC;

-- Returns the ids of a run's set in a partition, without those that a hold keeps in this snapshot.
CREATE OR REPLACE FUNCTION redaction.list_due_of_copy(part_name text, leaf_name text, run redaction.runs) RETURNS bigint[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    due_ids bigint[] := ARRAY(
        SELECT unnest(b.activity_ids) FROM redaction.run_batches b
        WHERE b.run_id = run.id AND b.partition_name = part_name
    );
    held record;
BEGIN
    SELECT * INTO held FROM redaction.find_held(leaf_name, run.account_id);
    IF held.everything THEN
        RETURN '{}';
    ELSIF held.ids <> '{}' THEN
        RETURN ARRAY(SELECT u.id FROM unnest(due_ids) AS u (id) WHERE (u.id IN (SELECT unnest(held.ids))) IS NOT TRUE);
    END IF;
    RETURN due_ids;
END
$body$;
REVOKE ALL ON FUNCTION redaction.list_due_of_copy(text, text, redaction.runs) FROM PUBLIC;

-- Counts and digests what a run strips of a leaf, by category of personal data, for the rows in this snapshot, and
-- finds those whose retained text names their caller; both go to the tables of `begin_copy`. Returns the number of rows
-- that stay.
CREATE OR REPLACE FUNCTION redaction.count_due_rows(leaf_name text, run redaction.runs, due_ids bigint[]) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    prefilter record;
    counted record;
    living bigint;
    suspects bigint[] := '{}';
    masks integer[] := '{}';
    rows_of_mask bigint[] := '{}';
BEGIN
    SELECT * INTO prefilter FROM redaction.text_prefilter(leaf_name, run.account_id, cardinality(due_ids));
    FOR counted IN EXECUTE format($sql$
        SELECT f.categories, count(*) AS rows, sum(f.digest) AS digest,
               array_agg(f.id) FILTER (WHERE f.is_suspect) AS suspects
        FROM (
            SELECT a.categories, a.id, {% with texts_hash = "a.texts_hash" %}{% include "strip/_retained_row.sql" %}{% endwith %} AS digest,
                   $4 IS NULL OR {% include "strip/_holds_its_number.sql" %} OR (a.texts_key <> ALL($8) AND (a.texts_key <> ALL($5) OR (
                       -- Three letters of Latin that the name of one person begins with are its initial; few names are others.
                       SELECT CASE WHEN concat(b.beginning, b.id_beginning, b.other_initial) !~ '^(?:[A-Za-z][A-Za-z0-9]{2})*$'
                                        OR b.beginning = ANY($9) OR b.id_beginning = ANY($9) OR b.other_initial = ANY($6)
                              THEN (
                                  SELECT bool_or({% include "strip/_may_be_met.sql" %})
                                  FROM (
                                      {% for name in ("a.caller_name", "a.caller_id") %}
                                      SELECT CASE WHEN {{ name }} ~ '{{ alphabet().damaged }}' THEN '&' ELSE {% include "strip/_initial.sql" %} END AS initial
                                      UNION ALL
                                      {% endfor %}
                                      SELECT nullif(b.other_initial, '&') UNION ALL
                                      SELECT {% with name = "n.name" %}{% include "strip/_initial.sql" %}{% endwith %}
                                      FROM unnest(CASE WHEN b.other_initial = '&' THEN {% include "strip/_names.sql" %} END) AS n (name)
                                  ) i
                              ) END
                       FROM (
                           SELECT {% for name in ("a.caller_name", "a.caller_id") %}CASE WHEN {{ name }} ~ '{{ alphabet().maybe_several }}' THEN '&' ELSE left({{ name }}, 3) END
                                      AS {{ "beginning" if loop.first else "id_beginning" }}, {% endfor %}

                                  {% include "strip/_other_initial.sql" %} AS other_initial
                           OFFSET 0
                       ) b
                   ))) AS is_suspect
            FROM (
                SELECT a.*, {% with texts_hash = "a.texts_hash" %}{% include "strip/_texts_key.sql" %}{% endwith %} AS texts_key
                FROM (
                    SELECT a.*, {% include "strip/_held_categories.sql" %} AS categories, {% include "strip/_texts_hash.sql" %} AS texts_hash
                    FROM tracking.%I a WHERE ({{ free_due }}) IS TRUE OFFSET 0
                ) a
                OFFSET 0
            ) a
        ) f
        GROUP BY f.categories
    $sql$, leaf_name)
    USING run.account_id, run.cutoff, due_ids, prefilter.beginnings, prefilter.known, prefilter.spelled,
        array_to_string(prefilter.beginnings, '') !~ '[^ -~]', prefilter.nameless,
        prefilter.spelled || CAST('{ {{- alphabet().label_beginnings -}} }' AS text[])
    LOOP
        masks := masks || counted.categories;
        rows_of_mask := rows_of_mask || counted.rows;
        UPDATE pg_temp.copied SET stripped = stripped + counted.rows, digest = digest + counted.digest;
        suspects := suspects || counted.suspects;
    END LOOP;
    PERFORM redaction.keep_text_prefilter(
        prefilter.beginnings, prefilter.spelled, prefilter.known, prefilter.nameless, cardinality(suspects),
        (SELECT k.stripped FROM pg_temp.copied k)
    );
    UPDATE pg_temp.copied SET by_category = (
        SELECT {% with masks = "m.categories" %}{% include "strip/_count_categories.sql" %}{% endwith %}

        FROM unnest(masks, rows_of_mask) AS m (categories, rows)
    );
    IF suspects <> '{}' THEN
        EXECUTE format($sql$
            WITH texts AS MATERIALIZED (
                SELECT a.*, {% include "strip/_retained_texts.sql" %} AS texts
                FROM tracking.%I a WHERE a.account_id = $1 AND a.id = ANY($2)
            ), {% with account = "$1", rows = with_facts %}{% include "strip/_judged.sql" %}{% endwith %}

            INSERT INTO pg_temp.findings SELECT j.id, j.is_common FROM judged j
        $sql$, leaf_name) USING run.account_id, suspects;
    END IF;
    -- To count all rows without reading their columns costs less than to read those that stay.
    EXECUTE format('SELECT count(*) - (SELECT k.stripped FROM pg_temp.copied k) FROM tracking.%I', leaf_name) INTO living;
    RETURN living;
END
$body$;
REVOKE ALL ON FUNCTION redaction.count_due_rows(text, redaction.runs, bigint[]) FROM PUBLIC;

-- Creates the empty leaf for a copy.
CREATE OR REPLACE FUNCTION redaction.make_new_leaf(
    leaf_name text, new_name text, starts timestamptz, ends timestamptz, is_default boolean
) RETURNS regclass
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    EXECUTE format(
        'CREATE TABLE tracking.%I (LIKE tracking.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE '
        'INCLUDING COMPRESSION %s) WITH (toast_tuple_target = 4080)',
        new_name, leaf_name,
        -- Proves the bounds while the rows are written, so that the swap has nothing to scan.
        CASE WHEN is_default THEN '' ELSE format(
            ', CONSTRAINT within_bounds CHECK (called_at >= %L AND called_at < %L)', starts, ends
        ) END
    );
    PERFORM tracking.sample_no_personal(format('tracking.%I', new_name)::regclass);
    RETURN format('tracking.%I', new_name)::regclass;
END
$body$;
REVOKE ALL ON FUNCTION redaction.make_new_leaf(text, text, timestamptz, timestamptz, boolean) FROM PUBLIC;

-- Second transaction: the copy and its indexes. With a run, the aged rows of its set are stripped on the way, and the
-- rows that lose each category of personal data are counted; without, the partition is only freed of its residue.
-- Several statements read the old leaf, therefore in REPEATABLE READ: what is counted, digested and not held is what is
-- copied. Returns when the copy was made.
CREATE OR REPLACE FUNCTION redaction.copy_partition(part_name text, for_run bigint) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET maintenance_work_mem = '256MB' SET work_mem = '64MB'
-- Partitions are copied side by side: a parallel worker would take the processor of another copy, and costs 9 ms.
SET max_parallel_maintenance_workers = 0 SET max_parallel_workers_per_gather = 0 AS $body$
DECLARE
    new_name text := part_name || '_new';
    part redaction.partitions;
    run redaction.runs;
    due_ids bigint[] := '{}';
    living bigint := 1;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    SELECT * INTO STRICT part FROM redaction.partitions p WHERE p.relation = to_regclass(format('tracking.%I', part_name));
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = part.leaf AND tgname = 'note_change')
        OR NOT redaction.is_rewriting(part_name)
        OR current_setting('transaction_isolation') <> 'repeatable read' THEN
        RAISE SQLSTATE 'RD014'
            USING MESSAGE = 'a copy is made after begin_rewrite, in a transaction that is REPEATABLE READ';
    END IF;
    PERFORM redaction.begin_copy(part_name, for_run);
    IF for_run IS NOT NULL THEN
        SELECT * INTO STRICT run FROM redaction.runs r WHERE r.id = for_run;
        -- A copy that may not be swapped in is not begun; the swap checks again.
        PERFORM redaction.check_strip(run.account_id, for_run);
        due_ids := redaction.list_due_of_copy(part_name, part.leaf_name, run);
        living := redaction.count_due_rows(part.leaf_name, run, due_ids);
    END IF;
    UPDATE pg_temp.copied
    SET new_leaf = redaction.make_new_leaf(part.leaf_name, new_name, part.starts, part.ends, part.is_default);
    -- Indexes are built after the copy; but an index without stripped rows costs nothing while only such rows are
    -- written.
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
REVOKE ALL ON FUNCTION redaction.copy_partition(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.copy_partition(text, bigint) TO redaction_worker;
