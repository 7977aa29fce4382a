-- name: proofs()
-- The look-ups of the proof by sample in a leaf: only for the worker, who may read the activities and is about to erase
-- them, because they show values. Each named table must be one of ours.

-- For the tuples at these places: which are living rows, which of those keep their values, and the content of those
-- that a run is about to strip.
CREATE OR REPLACE FUNCTION redaction.sample_rows(relation regclass, for_run bigint, tids tid[])
RETURNS TABLE (tid tid, id bigint, kept boolean, content json)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    run redaction.runs;
    due_ids bigint[];
BEGIN
    IF NOT EXISTS (SELECT FROM redaction.partitions p WHERE p.leaf = sample_rows.relation) THEN
        RAISE insufficient_privilege USING MESSAGE = 'rows are sampled of a leaf of the activities alone';
    END IF;
    SELECT * INTO run FROM redaction.runs r WHERE r.id = for_run;
    SELECT coalesce(array_agg(u.id), '{}') INTO due_ids
    FROM redaction.run_batches b
    JOIN redaction.partitions p ON p.partition_name = b.partition_name AND p.leaf = sample_rows.relation
    CROSS JOIN LATERAL unnest(b.activity_ids) AS u (id)
    WHERE b.run_id = for_run;
    RETURN QUERY EXECUTE format($sql$
        SELECT a.ctid, a.id, a.redacted_at IS NULL AND NOT d.due, CASE WHEN d.due THEN row_to_json(a) END
        FROM %s a
        CROSS JOIN LATERAL (
            SELECT coalesce(a.id = ANY($2) AND {% with account = "$3", cutoff = "$4" %}{% include "select/_aged.sql" %}{% endwith %}, false) AS due
            OFFSET 0
        ) d
        WHERE a.ctid = ANY($1)
    $sql$, relation) USING tids, due_ids, run.account_id, run.cutoff;
END
$body$;

CREATE OR REPLACE FUNCTION redaction.live_tuples(relation regclass, tids tid[]) RETURNS SETOF tid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    PERFORM redaction.require_our_relation(relation);
    RETURN QUERY EXECUTE format('SELECT a.ctid FROM %s a WHERE a.ctid = ANY($1)', relation) USING tids;
END
$body$;

-- The rows of a table with personal values, from one block to before another.
CREATE OR REPLACE FUNCTION redaction.rows_as_text(relation regclass, first_block bigint, after_last bigint) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    content text;
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.oid = relation AND c.relkind = 'r' AND (
            n.nspname = 'tracking'
            OR n.nspname || '.' || c.relname IN ({% for place in places %}'{{ place.table }}'{{ ", " if not loop.last }}{% endfor %})
        )
    ) THEN
        RAISE insufficient_privilege USING MESSAGE = 'rows are read of a table with personal values alone';
    END IF;
    EXECUTE format(
        'SELECT string_agg(a::text, E''\n'') FROM %s a WHERE a.ctid >= $1 AND a.ctid < $2', relation
    ) INTO content USING format('(%s,0)', first_block)::tid, format('(%s,0)', after_last)::tid;
    RETURN content;
END
$body$;
REVOKE ALL ON FUNCTION redaction.sample_rows(regclass, bigint, tid[]), redaction.live_tuples(regclass, tid[]),
    redaction.rows_as_text(regclass, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.sample_rows(regclass, bigint, tid[]), redaction.live_tuples(regclass, tid[]),
    redaction.rows_as_text(regclass, bigint, bigint) TO redaction_worker;
