-- name: statistics()
-- The planner's samples: none of a personal column may exist. They are in pg_statistic, for expression indexes too, and
-- in pg_statistic_ext_data for extended statistics; removed there, they are dead rows until these are rewritten.

DROP FUNCTION IF EXISTS redaction.sampled_columns(text), redaction.personal_samples(text);

{% set dependent -%}
    WITH relations AS MATERIALIZED (
        SELECT t.relid::oid AS oid, NULL AS part FROM pg_partition_tree('tracking.activities') t WHERE part_names IS NULL
        UNION ALL
        SELECT 'tracking.activities'::regclass, NULL WHERE part_names IS NOT NULL
        UNION ALL
        SELECT to_regclass(format('tracking.%I', named.part || kind.suffix))::oid, named.part
        FROM unnest(part_names) AS named (part) CROSS JOIN (VALUES (''), ('_rows')) AS kind (suffix)
    ), personal AS MATERIALIZED (
        SELECT r.part, a.attrelid, a.attnum FROM relations r JOIN pg_attribute a ON a.attrelid = r.oid
        WHERE NOT a.attisdropped
          AND a.attname IN ({% for column in personal %}'{{ column[1:-1] }}'{{ ", " if not loop.last }}{% endfor %})
        UNION ALL
        SELECT NULL, a.attrelid, a.attnum FROM pg_attribute a
        WHERE (a.attrelid, a.attname) IN (
            {% for place in places %}{% set last = loop.last %}{% for column in place.columns %}
            ('{{ place.table }}'::regclass, '{{ column.name }}'){{ "," if not (last and loop.last) }}
            {% endfor %}{% endfor %}
        )
    ), dependent AS MATERIALIZED (
        SELECT DISTINCT p.part, d.classid, d.objid FROM personal p
        JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = p.attrelid AND d.refobjsubid = p.attnum
    )
{%- endset %}
-- The samples of personal columns that the planner has of some partitions and their leaves, or (NULL) of all. Those of
-- the whole table, and of other columns that hold such values for a while, have no partition.
CREATE OR REPLACE FUNCTION redaction.personal_samples(part_names text[])
RETURNS TABLE (
    partition_name text, relation regclass, schema_name name, relation_name name, is_index boolean, column_number smallint,
    column_name name, inherited boolean, extended oid
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    {{ dependent }}, sampled AS MATERIALIZED (
        SELECT p.part, p.attrelid, p.attnum FROM personal p
        UNION ALL
        SELECT d.part, a.attrelid, a.attnum
        FROM dependent d JOIN pg_index i ON i.indexrelid = d.objid JOIN pg_attribute a ON a.attrelid = i.indexrelid
        WHERE d.classid = 'pg_class'::regclass AND i.indexprs IS NOT NULL
    ), found AS MATERIALIZED (
        SELECT s.part, c.oid::regclass AS relation, n.nspname, c.relname, c.relkind IN ('i', 'I') AS is_index, a.attnum,
               a.attname
        FROM sampled s
        JOIN pg_attribute a ON a.attrelid = s.attrelid AND a.attnum = s.attnum
        JOIN pg_class c ON c.oid = s.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    )
    SELECT f.part, f.relation, v.schemaname, v.tablename, f.is_index, f.attnum, v.attname, v.inherited, NULL::oid
    FROM (
        -- The arrays make the view read only what is sampled, which is little, by its indexes.
        SELECT v.schemaname, v.tablename, v.attname, v.inherited FROM pg_stats v
        WHERE v.attname = ANY(ARRAY(SELECT DISTINCT attname FROM found))
          AND v.tablename = ANY(ARRAY(SELECT DISTINCT relname FROM found))
          AND (v.most_common_vals IS NOT NULL OR v.histogram_bounds IS NOT NULL OR v.most_common_elems IS NOT NULL)
        OFFSET 0
    ) v
    JOIN found f ON f.nspname = v.schemaname AND f.relname = v.tablename AND f.attname = v.attname;
    -- Few databases have extended statistics, and to plan for their views takes as long as all of the above.
    IF EXISTS (SELECT FROM pg_statistic_ext) THEN
        RETURN QUERY
        {{ dependent }}
        SELECT d.part, x.stxrelid::regclass, n.nspname, x.stxname, NULL::boolean, NULL::smallint, NULL::name, NULL::boolean, x.oid
        FROM dependent d JOIN pg_statistic_ext x ON x.oid = d.objid JOIN pg_namespace n ON n.oid = x.stxnamespace
        WHERE d.classid = 'pg_statistic_ext'::regclass AND (
            EXISTS (
                SELECT FROM pg_stats_ext v WHERE v.statistics_schemaname = n.nspname AND v.statistics_name = x.stxname
                  AND v.most_common_vals IS NOT NULL
            ) OR EXISTS (
                SELECT FROM pg_stats_ext_exprs v WHERE v.statistics_schemaname = n.nspname AND v.statistics_name = x.stxname
                  AND (v.most_common_vals IS NOT NULL OR v.histogram_bounds IS NOT NULL OR v.most_common_elems IS NOT NULL)
            )
        );
    END IF;
END
$body$;

CREATE OR REPLACE FUNCTION redaction.sampled_columns() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
    SELECT count(*) FROM redaction.personal_samples(NULL)
$body$;

-- The same by partition; samples without a partition count for each.
CREATE OR REPLACE FUNCTION redaction.sampled_columns(part_names text[])
RETURNS TABLE (partition_name text, samples bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
    WITH samples AS MATERIALIZED (
        SELECT s.partition_name FROM redaction.personal_samples(part_names) s
    )
    SELECT named.part, (
        SELECT count(*) FROM samples s WHERE s.partition_name IS NULL OR s.partition_name = named.part
    )
    FROM unnest(part_names) AS named (part)
$body$;

-- A column that the catalog has reclassified as personal is not sampled any more, in any table.
DO $samples$
DECLARE
    target regclass;
BEGIN
    FOR target IN
        SELECT t.relid FROM pg_partition_tree('tracking.activities') t
        WHERE EXISTS (
            SELECT FROM pg_attribute a WHERE a.attrelid = t.relid AND a.attstattarget IS DISTINCT FROM 0
              AND a.attname IN ({% for column in personal %}'{{ column[1:-1] }}'{{ ", " if not loop.last }}{% endfor %})
        )
    LOOP
        PERFORM tracking.sample_no_personal(target);
    END LOOP;
END
$samples$;
{% for place in places %}
ALTER TABLE {{ place.table }} {% for column in place.columns %}ALTER COLUMN {{ column.quoted }} SET STATISTICS 0{{ ", " if not loop.last }}{% endfor %};
{% endfor %}

-- Removes the samples of personal columns, and prevents new ones; returns how many the owner may not remove. From
-- PostgreSQL 18 on the owner of a table may; before, and for extended statistics, only superusers may.
CREATE OR REPLACE FUNCTION redaction.forget_samples() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    sample record;
BEGIN
    FOR sample IN SELECT * FROM redaction.personal_samples(NULL) LOOP
        BEGIN
            IF sample.extended IS NOT NULL THEN
                DELETE FROM pg_statistic_ext_data d WHERE d.stxoid = sample.extended;
            ELSIF to_regproc('pg_clear_attribute_stats') IS NOT NULL THEN
                PERFORM pg_clear_attribute_stats(
                    sample.schema_name::text, sample.relation_name::text, sample.column_name::text, sample.inherited
                );
            ELSE
                DELETE FROM pg_statistic s
                WHERE s.starelid = sample.relation AND s.staattnum = sample.column_number AND s.stainherit = sample.inherited;
            END IF;
            IF sample.is_index THEN
                EXECUTE format('ALTER INDEX %s ALTER COLUMN %s SET STATISTICS 0', sample.relation, sample.column_number);
            ELSIF NOT sample.is_index THEN
                EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS 0', sample.relation, sample.column_name);
            END IF;
        EXCEPTION WHEN insufficient_privilege THEN
            NULL;
        END;
    END LOOP;
    RETURN redaction.sampled_columns();
END
$body$;

-- Gives the planner statistics of a partition that has none, such as a rewritten one.
CREATE OR REPLACE FUNCTION redaction.analyze_partition(part_name text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF NOT EXISTS (SELECT FROM redaction.partitions p WHERE p.partition_name = part_name) THEN
        RAISE SQLSTATE 'RD007' USING MESSAGE = 'this is no partition of the activities';
    END IF;
    EXECUTE format('ANALYZE tracking.%I', part_name);
END
$body$;
REVOKE ALL ON FUNCTION redaction.personal_samples(text[]), redaction.sampled_columns(), redaction.sampled_columns(text[]),
    redaction.forget_samples(), redaction.analyze_partition(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.sampled_columns(), redaction.sampled_columns(text[]), redaction.forget_samples(),
    redaction.analyze_partition(text) TO redaction_worker;
