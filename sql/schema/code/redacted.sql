-- name: redacted()
-- A redacted activity is final, whoever writes: no value returns, no mark is removed, no retained column changes, and
-- the row stays. Three functions may still remove something. `redaction.take_away` empties retained columns and
-- `redaction.cut_texts` cuts numbers and addresses out of them, each as an act in the ledger.
-- `tracking.remove_departed` deletes rows of an account whose activities are at another placement, or that is closed.
CREATE OR REPLACE FUNCTION tracking.keep_redacted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    act jsonb;
    cut jsonb;
    changed jsonb;
BEGIN
    {% with tables = ["tracking.activities"], operations = ["UPDATE", "DELETE"], timing = "BEFORE", level = "ROW" %}{% include "database/_fired_on.sql" %}{% endwith %}

    IF TG_OP = 'DELETE' THEN
        IF EXISTS (
            SELECT FROM tracking.accounts a WHERE a.id = OLD.account_id AND (a.whereabouts IN ('left', 'arriving') OR a.closed_at IS NOT NULL)
        ) THEN
            RETURN OLD;
        END IF;
        RAISE SQLSTATE 'RD004' USING MESSAGE = 'a redacted activity is not deleted';
    END IF;
    SELECT coalesce(jsonb_agg(o.key), '[]') INTO changed
    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n ON n.key = o.key
    WHERE o.value IS DISTINCT FROM n.value;
    IF changed = '[]' THEN
        RETURN NULL;
    END IF;
    -- A run takes over what has come in redacted: see `redaction.claim_redacted`.
    IF changed = '["redaction_run_id"]' AND OLD.redaction_run_id IS NULL AND EXISTS (
        SELECT FROM redaction.runs r
        WHERE r.id = NEW.redaction_run_id AND r.account_id = OLD.account_id
          AND r.state IN ('selected', 'stripped', 'erased', 'validated', 'failed')
    ) THEN
        RETURN NEW;
    END IF;
    -- The last ledger row, if this very transaction has written it: without a record the act is not done.
    SELECT l.facts -> 'taken_away', l.facts -> 'cut' INTO act, cut
    FROM (SELECT l.xmin, l.account_id, l.facts FROM redaction.ledger l ORDER BY l.position DESC LIMIT 1) l
    WHERE l.xmin = pg_current_xact_id_if_assigned()::xid AND l.account_id = OLD.account_id;
    IF act -> 'columns' @> changed AND act -> 'ids' @> to_jsonb(OLD.id)
        AND changed <@ '[{% for column in retained if column != '"called_at"' %}{{ column }}{{ ", " if not loop.last }}{% endfor %}]'
        AND num_nonnulls({% for column in retained if column != '"called_at"' %}CASE WHEN changed ? '{{ column[1:-1] }}' THEN NEW.{{ column }}::text END{{ ", " if not loop.last }}{% endfor %}) = 0
    THEN
        RETURN NEW;
    END IF;
    IF changed <@ '[{% for column in scrubbed %}{{ column }}, {% endfor %}"call_path"]'
        {% for column in scrubbed %}
        AND (NOT changed ? '{{ column[1:-1] }}' OR (
            cut -> '{{ column[1:-1] }}' @> to_jsonb(OLD.id) AND NEW.{{ column }} = redaction.cut_contacts(OLD.{{ column }})
        ))
        {% endfor %}
        AND (NOT changed ? 'call_path' OR (
            cut -> 'call_path' @> to_jsonb(OLD.id) AND redaction.is_cut_path(OLD.call_path, NEW.call_path)
        ))
    THEN
        RETURN NEW;
    END IF;
    IF num_nonnulls({% for column in personal %}NEW.{{ column }}{{ ", " if not loop.last }}{% endfor %}) > 0 THEN
        RAISE SQLSTATE 'RD004' USING MESSAGE = 'a redacted activity regains no value',
            CONSTRAINT = 'activities_redacted_is_stripped';
    END IF;
    RAISE SQLSTATE 'RD004' USING MESSAGE = 'a redacted activity does not change';
END
$body$;
CREATE OR REPLACE TRIGGER keep_redacted BEFORE UPDATE ON tracking.activities
    FOR EACH ROW WHEN (OLD.redacted_at IS NOT NULL) EXECUTE FUNCTION tracking.keep_redacted();
CREATE OR REPLACE TRIGGER keep_redacted_row BEFORE DELETE ON tracking.activities
    FOR EACH ROW WHEN (OLD.redacted_at IS NOT NULL) EXECUTE FUNCTION tracking.keep_redacted();

-- TRUNCATE empties a leaf too, and fires no trigger of the whole table.
CREATE OR REPLACE FUNCTION tracking.keep_all_redacted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    any_redacted boolean;
BEGIN
    {% with tables = ["tracking.activities"], operations = ["TRUNCATE"], timing = "BEFORE", level = "STATEMENT" %}{% include "database/_fired_on.sql" %}{% endwith %}

    EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE redacted_at IS NOT NULL)', TG_RELID::regclass) INTO any_redacted;
    IF any_redacted THEN
        RAISE SQLSTATE 'RD004' USING MESSAGE = 'redacted activities are not truncated';
    END IF;
    RETURN NULL;
END
$body$;
CREATE OR REPLACE TRIGGER keep_all_redacted BEFORE TRUNCATE ON tracking.activities
    FOR EACH STATEMENT EXECUTE FUNCTION tracking.keep_all_redacted();
DO $leaves$
DECLARE
    leaf regclass;
BEGIN
    FOR leaf IN SELECT t.relid FROM pg_partition_tree('tracking.activities') t WHERE t.isleaf LOOP
        PERFORM tracking.guard_leaf(leaf);
    END LOOP;
END
$leaves$;

-- Its identity stays too: without it, no look-up by key finds the row. The identity is removed after the row itself.
CREATE OR REPLACE FUNCTION tracking.keep_identity() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    is_redacted boolean;
BEGIN
    {% with tables = ["tracking.activity_identity"], operations = ["UPDATE", "DELETE", "TRUNCATE"], timing = "BEFORE" %}{% include "database/_fired_on.sql" %}{% endwith %}

    IF TG_OP = 'TRUNCATE' THEN
        is_redacted := EXISTS (SELECT FROM tracking.activities a WHERE a.redacted_at IS NOT NULL);
    ELSE
        is_redacted := EXISTS (
            SELECT FROM tracking.activities a
            WHERE a.account_id = OLD.account_id AND a.called_at = OLD.called_at AND a.id = OLD.id
              AND a.redacted_at IS NOT NULL
        );
    END IF;
    IF is_redacted THEN
        RAISE SQLSTATE 'RD004' USING MESSAGE = 'the identity of a redacted activity stays';
    END IF;
    RETURN CASE TG_OP WHEN 'UPDATE' THEN NEW WHEN 'DELETE' THEN OLD END;
END
$body$;
CREATE OR REPLACE TRIGGER keep_identity BEFORE UPDATE OR DELETE ON tracking.activity_identity
    FOR EACH ROW EXECUTE FUNCTION tracking.keep_identity();
CREATE OR REPLACE TRIGGER keep_identities BEFORE TRUNCATE ON tracking.activity_identity
    FOR EACH STATEMENT EXECUTE FUNCTION tracking.keep_identity();
REVOKE ALL ON FUNCTION tracking.keep_identity() FROM PUBLIC;

-- Empties retained columns of redacted activities, because a person or a new catalog says that they must not stay. The
-- caller has written the act into the ledger before, in the same transaction, as its last row and outside a savepoint:
-- facts {"taken_away": {"columns": [...], "ids": [...]}}. Anything else is refused with RD004. The removed values are
-- residue of their partitions from now on. Returns the number of rows.
CREATE OR REPLACE FUNCTION redaction.take_away(account bigint, ids bigint[], columns text[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    emptied bigint;
BEGIN
    IF NOT columns <@ ARRAY[{% for column in retained if column != '"called_at"' %}'{{ column[1:-1] }}'{{ ", " if not loop.last }}{% endfor %}] OR columns = '{}' THEN
        RAISE SQLSTATE 'RD004' USING MESSAGE = 'only retained columns are taken away, and not the time';
    END IF;
    EXECUTE (
        SELECT 'WITH emptied AS (UPDATE tracking.activities a SET ' || string_agg(format('%I = NULL', c.name), ', ')
               || ' FROM tracking.activity_identity i WHERE i.account_id = $1 AND i.id = ANY($2)'
               || ' AND a.account_id = $1 AND a.called_at = i.called_at AND a.id = i.id AND a.redacted_at IS NOT NULL'
               || ' RETURNING a.tableoid), residue AS ('
               || 'INSERT INTO redaction.residue AS r (partition_name, rows)'
               || ' SELECT left(c.relname, -5), count(*) FROM emptied e JOIN pg_class c ON c.oid = e.tableoid GROUP BY 1'
               || ' ON CONFLICT (partition_name) DO UPDATE SET rows = r.rows + excluded.rows)'
               || ' SELECT count(*) FROM emptied'
        FROM (SELECT DISTINCT name FROM unnest(columns) AS u (name)) c
    ) INTO emptied USING account, ids;
    INSERT INTO reporting.stale_days (account_id, day)
    SELECT DISTINCT a.id, (i.called_at AT TIME ZONE a.timezone)::date
    FROM tracking.activity_identity i JOIN tracking.accounts a ON a.id = i.account_id
    WHERE i.account_id = account AND i.id = ANY(ids)
    ORDER BY 1, 2
    ON CONFLICT (account_id, day) DO UPDATE SET day = excluded.day;
    RETURN emptied;
END
$body$;
REVOKE ALL ON FUNCTION redaction.take_away(bigint, bigint[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.take_away(bigint, bigint[], text[]) TO redaction_worker;

-- Deletes the activities of an account between two instants, if they are at another placement (it has left, or it is
-- arriving and an earlier try has left these), or if the account is closed: then all of them are redacted. Returns the
-- number of rows.
CREATE OR REPLACE FUNCTION tracking.remove_departed(account bigint, starts timestamptz, ends timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    removed bigint;
BEGIN
    PERFORM FROM tracking.accounts a
    WHERE a.id = account AND (a.whereabouts IN ('left', 'arriving') OR a.closed_at IS NOT NULL) FOR SHARE;
    IF NOT FOUND THEN
        RAISE SQLSTATE 'RD004' USING MESSAGE = format('account %s has neither left nor is it arriving or closed', account);
    END IF;
    DELETE FROM tracking.activities a WHERE a.account_id = account AND a.called_at >= starts AND a.called_at < ends;
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN removed;
END
$body$;
REVOKE ALL ON FUNCTION tracking.remove_departed(bigint, timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tracking.remove_departed(bigint, timestamptz, timestamptz) TO redaction_worker;

-- The memory of what was redacted before a restore is kept, and its cutoff does not go back.
CREATE OR REPLACE FUNCTION redaction.keep_forgotten() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    {% with tables = ["redaction.forgotten", "redaction.forgotten_before"], operations = ["UPDATE", "DELETE", "TRUNCATE"], timing = "BEFORE" %}{% include "database/_fired_on.sql" %}{% endwith %}

    RAISE SQLSTATE 'RD004' USING MESSAGE = 'what is remembered as redacted stays so';
END
$body$;
CREATE OR REPLACE TRIGGER keep_forgotten BEFORE UPDATE OR DELETE ON redaction.forgotten
    FOR EACH ROW EXECUTE FUNCTION redaction.keep_forgotten();
CREATE OR REPLACE TRIGGER keep_all_forgotten BEFORE TRUNCATE ON redaction.forgotten
    FOR EACH STATEMENT EXECUTE FUNCTION redaction.keep_forgotten();
CREATE OR REPLACE TRIGGER keep_forgotten BEFORE UPDATE ON redaction.forgotten_before
    FOR EACH ROW WHEN (NEW.account_id <> OLD.account_id OR NEW.before < OLD.before
        OR coalesce(NEW.recordings_before < OLD.recordings_before, OLD.recordings_before IS NOT NULL))
    EXECUTE FUNCTION redaction.keep_forgotten();
CREATE OR REPLACE TRIGGER keep_forgotten_row BEFORE DELETE ON redaction.forgotten_before
    FOR EACH ROW EXECUTE FUNCTION redaction.keep_forgotten();
CREATE OR REPLACE TRIGGER keep_all_forgotten BEFORE TRUNCATE ON redaction.forgotten_before
    FOR EACH STATEMENT EXECUTE FUNCTION redaction.keep_forgotten();
