-- name: recordings()
-- The clock for recordings: it takes recordings before the whole activity is due, and taken ones stay taken.

{% set due %}a.account_id = $1 AND a.called_at >= $2 AND a.called_at < $3 AND a.redacted_at IS NULL
            AND a.recording_url IS NOT NULL AND NOT {% with account = "$1" %}{% include "select/_held.sql" %}{% endwith %}{% endset %}
-- Returns how many activities of each partition have a recording that is due, between two instants, and is not held.
-- Leaf by leaf, by an index that has only undeleted recordings.
CREATE OR REPLACE FUNCTION redaction.list_recordings_due(account bigint, since timestamptz, before timestamptz)
RETURNS TABLE (partition_name text, due bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $body$
DECLARE
    part record;
BEGIN
    FOR part IN
        SELECT p.partition_name, p.leaf_name FROM redaction.living_partitions p
        WHERE p.starts < before AND p.ends > since ORDER BY p.partition_name
    LOOP
        partition_name := part.partition_name;
        EXECUTE format($sql$
            SELECT count(*) FROM tracking.%I a WHERE {{ due }}
        $sql$, part.leaf_name) INTO due USING account, since, before;
        IF due > 0 THEN
            RETURN NEXT;
        END IF;
    END LOOP;
END
$body$;
REVOKE ALL ON FUNCTION redaction.list_recordings_due(bigint, timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.list_recordings_due(bigint, timestamptz, timestamptz) TO redaction_worker;

-- Takes, through the gate of strips, the recordings of some activities of a partition, for the clock of a run: it
-- empties the column, records that they were taken, and makes every recording due that the activity has ever named.
-- Returns the number of activities; 0 when none is left there.
CREATE OR REPLACE FUNCTION redaction.take_recordings(for_run bigint, part_name text, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $body$
DECLARE
    run redaction.runs;
    leaf text;
    done bigint;
BEGIN
    SELECT * INTO STRICT run FROM redaction.runs r WHERE r.id = for_run;
    SELECT p.leaf_name INTO STRICT leaf FROM redaction.partitions p WHERE p.partition_name = part_name;
    PERFORM redaction.enter_strip(run.account_id, for_run);
    EXECUTE format($sql$
        WITH locked AS MATERIALIZED (
            SELECT a.called_at, a.id FROM tracking.%1$I a WHERE {{ due }}
            ORDER BY a.called_at, a.id LIMIT $5
            FOR NO KEY UPDATE OF a
        ), taken AS (
            UPDATE tracking.%1$I a SET recording_url = NULL
            FROM locked l
            WHERE a.account_id = $1 AND a.called_at = l.called_at AND a.id = l.id
            RETURNING a.id
        ), kept AS (
            INSERT INTO tracking.taken_recordings (account_id, activity_id, run_id)
            SELECT $1, t.id, $4 FROM taken t
            ON CONFLICT (account_id, activity_id) DO UPDATE SET run_id = excluded.run_id, taken_at = excluded.taken_at
        ), objects AS (
            UPDATE tracking.objects o SET due_since = clock_timestamp(), run_id = $4
            FROM taken t
            WHERE o.account_id = $1 AND o.activity_id = t.id AND o.recording AND o.due_since IS NULL
        ), counted AS (
            UPDATE redaction.runs SET recordings_taken = recordings_taken + (SELECT count(*) FROM taken) WHERE id = $4
        )
        SELECT count(*) FROM taken
    $sql$, leaf) INTO done USING run.account_id, run.cutoff, run.recordings_cutoff, for_run, most;
    RETURN done;
END
$body$;
REVOKE ALL ON FUNCTION redaction.take_recordings(bigint, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.take_recordings(bigint, text, integer) TO redaction_worker;

-- A taken recording stays taken, whoever writes: a recording that is sent again is left out, and is no new object. A
-- setting of the transaction counts, for the load, how many rows that were. The name sorts before the triggers for an
-- address.
CREATE OR REPLACE FUNCTION tracking.keep_taken() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    {% with tables = ["tracking.activities"], operations = ["UPDATE"], timing = "BEFORE", level = "ROW" %}{% include "database/_fired_on.sql" %}{% endwith %}

    IF NOT EXISTS (
        SELECT FROM tracking.taken_recordings t WHERE t.account_id = OLD.account_id AND t.activity_id = OLD.id
    ) THEN
        RETURN NEW;
    END IF;
    NEW.recording_url := NULL;
    PERFORM set_config(
        'redaction.recordings_left_out',
        (coalesce(nullif(current_setting('redaction.recordings_left_out', true), ''), '0')::bigint + 1)::text, true
    );
    RETURN CASE WHEN NEW *= OLD THEN NULL ELSE NEW END;
END
$body$;
CREATE OR REPLACE TRIGGER keep_taken BEFORE UPDATE ON tracking.activities
    FOR EACH ROW WHEN (OLD.redacted_at IS NULL AND OLD.recording_url IS NULL AND NEW.recording_url IS NOT NULL)
    EXECUTE FUNCTION tracking.keep_taken();
REVOKE ALL ON FUNCTION tracking.keep_taken() FROM PUBLIC;

-- Takes the recordings again of activities whose row was gone with its partition: only an update asks what was taken.
CREATE OR REPLACE FUNCTION tracking.take_again(accounts bigint[], ids bigint[]) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
    WITH known AS MATERIALIZED (
        SELECT t.account_id, t.activity_id, t.run_id, i.called_at
        FROM unnest(accounts, ids) AS u (account_id, activity_id)
        JOIN tracking.taken_recordings t ON t.account_id = u.account_id AND t.activity_id = u.activity_id
        JOIN tracking.activity_identity i ON i.account_id = t.account_id AND i.id = t.activity_id
    ), taken AS (
        UPDATE tracking.activities a SET recording_url = NULL
        FROM known k
        WHERE a.account_id = k.account_id AND a.called_at = k.called_at AND a.id = k.activity_id
          AND a.recording_url IS NOT NULL
        RETURNING k.account_id, k.activity_id, k.run_id
    ), objects AS (
        UPDATE tracking.objects o SET due_since = clock_timestamp(), run_id = t.run_id
        FROM taken t
        WHERE o.account_id = t.account_id AND o.activity_id = t.activity_id AND o.recording AND o.due_since IS NULL
    )
    SELECT count(*) FROM taken
$body$;
REVOKE ALL ON FUNCTION tracking.take_again(bigint[], bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tracking.take_again(bigint[], bigint[]) TO redaction_loader;
