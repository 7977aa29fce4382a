-- name: proofs()
-- Proof by sample: what a look for the values that were about to be erased has found in each place afterwards. The
-- values were in the memory of the process alone; here are numbers, neither a value nor a hash of one.
CREATE TABLE redaction.proofs (
    -- NULL: residue was erased, which belongs to no run.
    run_id bigint,
    -- NULL: a place of the whole server.
    partition_name text,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Of a partition: heap, toast, index; of the server: statistics, temporary files, write-ahead log, old files, books
    -- (schema redaction), reports; and, with no values, what could not be drawn from: dead rows, dead TOAST chunks.
    place text NOT NULL,
    -- NULL: a value of which the column is not known (a dropped one, or the pointer to it is gone).
    category text,
    looked_for bigint NOT NULL,
    found bigint NOT NULL,
    -- Values that a living row still holds lawfully: finding them would prove nothing.
    in_use bigint NOT NULL,
    not_looked bigint NOT NULL,
    reason text,
    CONSTRAINT proofs_finds_what_it_looks_for CHECK (found BETWEEN 0 AND looked_for AND in_use >= 0),
    CONSTRAINT proofs_says_why_not CHECK (not_looked = 0 OR (not_looked > 0 AND reason IS NOT NULL))
);
CREATE INDEX proofs_run ON redaction.proofs (run_id, partition_name);
CREATE INDEX proofs_partition ON redaction.proofs (partition_name, at);

-- Shows pages as they are in the server's buffers. It is for superusers; without it the files are read after a
-- checkpoint, and who may do neither cannot know.
DO $extension$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pageinspect SCHEMA redaction;
EXCEPTION WHEN insufficient_privilege OR feature_not_supported OR undefined_file THEN
    NULL;
END
$extension$;

-- Of the tuples at these places: which are living rows, which of those keep their values, and the content of those that
-- a run is about to strip.
CREATE FUNCTION redaction.sample_rows(relation regclass, for_run bigint, tids tid[])
RETURNS TABLE (tid tid, id bigint, kept boolean, content json)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    run redaction.runs;
BEGIN
    SELECT * INTO run FROM redaction.runs r WHERE r.id = for_run;
    RETURN QUERY EXECUTE format($sql$
        SELECT a.ctid, a.id, a.redacted_at IS NULL AND NOT d.due, CASE WHEN d.due THEN row_to_json(a) END
        FROM %s a
        CROSS JOIN LATERAL (
            SELECT coalesce({% with account = "$3", cutoff = "$4" %}{% include "redact/_aged.sql" %}{% endwith %}

                -- Not by EXISTS, for which the whole set of the run might be read into a hash.
                AND (SELECT true FROM redaction.run_activities r WHERE r.run_id = $2 AND r.activity_id = a.id), false
            ) AS due
            OFFSET 0
        ) d
        WHERE a.ctid = ANY($1)
    $sql$, relation) USING tids, run.id, run.account_id, run.cutoff;
END
$body$;

CREATE FUNCTION redaction.live_tuples(relation regclass, tids tid[]) RETURNS SETOF tid
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RETURN QUERY EXECUTE format('SELECT a.ctid FROM %s a WHERE a.ctid = ANY($1)', relation) USING tids;
END
$body$;

-- From a block up to, not including, another.
CREATE FUNCTION redaction.rows_as_text(relation regclass, first_block bigint, after_last bigint) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    content text;
BEGIN
    EXECUTE format(
        'SELECT string_agg(a::text, E''\n'') FROM %s a WHERE a.ctid >= $1 AND a.ctid < $2', relation
    ) INTO content USING format('(%s,0)', first_block)::tid, format('(%s,0)', after_last)::tid;
    RETURN content;
END
$body$;
REVOKE ALL ON FUNCTION redaction.sample_rows(regclass, bigint, tid[]), redaction.live_tuples(regclass, tid[]),
    redaction.rows_as_text(regclass, bigint, bigint) FROM PUBLIC;

GRANT SELECT, INSERT ON redaction.proofs TO redaction_worker;
