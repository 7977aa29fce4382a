-- name: rewrite()
-- Rewriting: a new leaf of a partition is written with what may remain, next to the old one, which readers and writers
-- still use; then the two are swapped in one short transaction. A trigger records what is written meanwhile, and it is
-- brought over before the swap, so nothing is lost and nobody waits for the copy. Only the partition itself is locked.
-- This file has the beginning, and what all parts use. The copy is in rewrite_copy.sql, the swap in rewrite_swap.sql.

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

-- First of three transactions: after it every change of the partition is recorded. It waits for present writers of the
-- partition, for `lock_ms` milliseconds at most. Neither this transaction nor the second waits for the disk: what a
-- crash takes of them is made again, and the commit of the third makes all of it last.
DROP FUNCTION IF EXISTS redaction.begin_rewrite(text);
CREATE OR REPLACE FUNCTION redaction.begin_rewrite(part_name text, lock_ms integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    part redaction.partitions;
BEGIN
    PERFORM set_config('lock_timeout', lock_ms || 'ms', true), set_config('synchronous_commit', 'off', true);
    SELECT * INTO part FROM redaction.partitions p WHERE p.relation = to_regclass(format('tracking.%I', part_name));
    IF NOT FOUND THEN
        RAISE SQLSTATE 'RD007' USING MESSAGE = 'this is no partition of the activities';
    END IF;
    -- A lock of the session, since a rewrite has three transactions; `end_rewrite` releases it.
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

-- Says whether this session rewrites the partition, since `begin_rewrite` and until `end_rewrite`.
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

-- Says whether we have made a temporary table. Its session could have created a table of that name, with a trigger that
-- would then act with our rights.
CREATE OR REPLACE FUNCTION redaction.is_ours(table_name text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
    SELECT EXISTS (
        SELECT FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
        WHERE c.oid = to_regclass('pg_temp.' || quote_ident(table_name)) AND r.rolname = current_user
    )
$body$;
REVOKE ALL ON FUNCTION redaction.is_ours(text) FROM PUBLIC;

-- Builds the indexes of a leaf other than its key on its copy: the partial ones, or the others.
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

REVOKE ALL ON FUNCTION redaction.begin_rewrite(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.begin_rewrite(text, integer) TO redaction_worker;
