-- name: strip()
-- The strip in place, and the only one: no role of ours may update an activity but the loader, who may not mark it redacted.
{% set initials = ("initial", "id_initial", "other_initial") %}
{% set may_be_named -%}
f.documented OR f.mailed OR f.digits <> ''{% for initial in initials %} OR redaction.may_be_in(f.squeezed, r.{{ initial }}){% endfor %}
{%- endset %}
-- Strips those rows that are in a set of ids, aged and not held, in one statement, which reads each row once and then updates
-- it. A row that another has changed in between is another version, and is left as it is. A set that is much of a leaf is read
-- in that leaf, between two days, and updated by place; any other is looked up in the whole table by key. Retained texts
-- repeat, so each different one is taken apart once; the rows that may be named in one are read again, as they were. `facts`
-- are those of the texts of the leaves before, [] for none, and those of this one too; not of so many that they do not repeat.
-- Returns how many rows were due, how many were stripped, and what of these is recorded.
CREATE OR REPLACE FUNCTION redaction.strip_rows(
    leaf_name text, run redaction.runs, ids bigint[], first date, ends date, INOUT facts jsonb,
    OUT due bigint, OUT stripped bigint, OUT digest numeric, OUT common bigint, OUT by_category jsonb
)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET work_mem = '64MB'
-- What is at a place that was just read costs little, and is never looked for among all rows.
SET random_page_cost = 0.1 AS $body$
DECLARE
    table_name text := coalesce(leaf_name, 'activities');
    source text := format('tracking.%I a WHERE (a.id = ANY($3)) IS TRUE AND a.called_at BETWEEN $5 AND $6', table_name);
    itself text := 'a.ctid = r.place';
BEGIN
    IF leaf_name IS NULL THEN
        source := $rows$
            unnest($3) AS u (id)
            CROSS JOIN LATERAL (
                SELECT called_at FROM tracking.activity_identity WHERE account_id = $1 AND id = u.id OFFSET 0
            ) i
            JOIN tracking.activities a ON a.called_at = i.called_at AND a.id = u.id
            WHERE a.called_at BETWEEN $5 AND $6
        $rows$;
        itself := 'a.account_id = $1 AND a.called_at = r.called_at AND a.id = r.id AND a.called_at BETWEEN $5 AND $6';
    END IF;
    EXECUTE format($sql$
        WITH found AS MATERIALIZED (
            SELECT a.ctid AS place, a.xmin AS version, a.called_at, a.id,
                   {% with name = "a.caller_name" %}{% include "strip/_initial.sql" %}{% endwith %} AS initial,
                   {% with name = "a.caller_id" %}{% include "strip/_initial.sql" %}{% endwith %} AS id_initial,
                   {% include "strip/_other_initial.sql" %} AS other_initial,
                   {% include "strip/_retained_row.sql" %} AS digest,
                   {% include "strip/_held_categories.sql" %} AS categories, {% include "strip/_retained_texts.sql" %} AS texts,
                   {% include "strip/_holds_its_number.sql" %} AS numbered
            FROM %2$s AND {% with account = "$1", cutoff = "$2" %}{% include "select/_aged.sql" %}{% endwith %}

            -- As whoever loads does.
            ORDER BY a.id
        ), stripped AS MATERIALIZED (
            UPDATE tracking.%1$I a
            SET {% for column in personal %}{{ column }} = NULL, {% endfor %}redacted_at = now(), redaction_run_id = $4
            FROM found r
            WHERE %3$s AND a.xmin = r.version
            RETURNING r.*
        ), known AS MATERIALIZED (
            SELECT f.* FROM jsonb_to_recordset($7) AS f (
                texts text, words text, digits text, mailed boolean, documented boolean, squeezed text
            )
        ), facts AS MATERIALIZED (
            SELECT k.* FROM known k
            UNION ALL
            SELECT f.* FROM redaction.find_facts_of(ARRAY(
                SELECT DISTINCT r.texts FROM stripped r WHERE (r.texts IN (SELECT k.texts FROM known k)) IS NOT TRUE
            )) f
        ), asked AS MATERIALIZED (
            SELECT r.place, r.called_at, r.id, f.words, f.digits, f.mailed, f.documented
            FROM stripped r JOIN facts f ON f.texts = r.texts
            WHERE {{ may_be_named }} OR r.numbered
        ), compared AS MATERIALIZED (
            SELECT a.*, r.words, r.digits, r.mailed, r.documented
            FROM asked r CROSS JOIN LATERAL (SELECT a.* FROM tracking.%1$I a WHERE %3$s OFFSET 0) a
        ),
        {% with account = "$1", rows = "compared a CROSS JOIN LATERAL (SELECT a.words, a.digits, a.mailed, a.documented) f" %}{% include "strip/_judged.sql" %}{% endwith %}

        , findings AS (
            INSERT INTO redaction.run_findings (run_id, activity_id)
            SELECT $4, j.id FROM judged j WHERE NOT j.is_common
            ON CONFLICT DO NOTHING
        )
        SELECT (SELECT CASE WHEN count(*) BETWEEN 1 AND 1000 THEN jsonb_agg(f) ELSE '[]' END FROM facts f),
               (SELECT count(*) FROM found), coalesce(sum(rows), 0)::bigint, coalesce(sum(l.digest), 0),
               (SELECT count(*) FROM judged j WHERE j.is_common),
               {% with masks = "l.categories" %}{% include "strip/_count_categories.sql" %}{% endwith %}

        FROM (SELECT r.categories, count(*) AS rows, sum(r.digest) AS digest FROM stripped r GROUP BY r.categories) l
    $sql$, table_name, source, itself)
    INTO facts, due, stripped, digest, common, by_category
    USING run.account_id, run.cutoff, ids, run.id, first::timestamp AT TIME ZONE 'UTC', ends::timestamp AT TIME ZONE 'UTC',
        facts;
END
$body$;
REVOKE ALL ON FUNCTION redaction.strip_rows(text, redaction.runs, bigint[], date, date, jsonb) FROM PUBLIC;

-- Strips some batches of the run's set, all personal columns at once, and marks them stripped in the same
-- transaction. A row that is no longer aged by the time it is locked is left alone; what has moved to another partition is for
-- the survivors. Which rows name their own caller in retained text is noted by id, how many do so by common words alone is
-- counted, and of how many rows each category of personal data was taken is counted. Account and cutoff are those that the
-- run was recorded with.
-- Returns the number of rows stripped.
CREATE OR REPLACE FUNCTION redaction.strip_batch(for_run bigint, numbers integer[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $body$
DECLARE
    run redaction.runs;
    part record;
    found record;
    done bigint := 0;
    digested numeric := 0;
    named bigint := 0;
    counts jsonb := '{}';
    facts jsonb := '[]';
BEGIN
    SELECT * INTO STRICT run FROM redaction.runs r WHERE r.id = for_run;
    PERFORM redaction.enter_strip(run.account_id, for_run);
    FOR part IN
        -- A day begins up to 14 hours before or after that of UTC. A row of twenty is much: to read 20 costs as one look-up.
        SELECT d.leaf_name, array_agg(d.id) AS ids, min(d.day) - 1 AS first, max(d.day) + 2 AS ends
        FROM (
            SELECT CASE WHEN b.due * 20 > greatest(leaf.reltuples, pg_stat_get_live_tuples(leaf.oid))
                        THEN leaf.relname::text END AS leaf_name, b.day, u.id
            FROM (
                SELECT b.partition_name, b.day, b.activity_ids,
                       sum(cardinality(b.activity_ids)) OVER (PARTITION BY b.partition_name) AS due
                FROM redaction.run_batches b
                WHERE b.run_id = for_run AND b.number = ANY(numbers) AND NOT b.stripped
            ) b
            -- Of these alone: to ask for all partitions takes longer.
            JOIN pg_class leaf ON leaf.oid = to_regclass(format('tracking.%I', b.partition_name || '_rows'))
            CROSS JOIN LATERAL unnest(b.activity_ids) AS u (id)
        ) d
        GROUP BY d.leaf_name
        ORDER BY d.leaf_name
    LOOP
        FOR attempt IN 1..5 LOOP
            SELECT * INTO found FROM redaction.strip_rows(part.leaf_name, run, part.ids, part.first, part.ends, facts);
            facts := found.facts;
            done := done + found.stripped;
            digested := digested + found.digest;
            named := named + found.common;
            counts := redaction.add_counts(counts, found.by_category);
            EXIT WHEN found.stripped = found.due;
        END LOOP;
    END LOOP;
    UPDATE redaction.runs r
    SET stripped_count = stripped_count + done, stripped_digest = stripped_digest + digested,
        common_names = common_names + named, by_category = redaction.add_counts(r.by_category, counts)
    WHERE r.id = for_run;
    UPDATE redaction.run_batches b SET stripped = true WHERE b.run_id = for_run AND b.number = ANY(numbers);
    RETURN done;
END
$body$;
REVOKE ALL ON FUNCTION redaction.strip_batch(bigint, integer[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.strip_batch(bigint, integer[]) TO redaction_worker;
