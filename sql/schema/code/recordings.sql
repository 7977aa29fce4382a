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

-- Returns what names an object in whatever spelling of its address: host and path, without scheme, login, fragment and
-- what is signed again each time. A query stays if the path alone names nothing: its last part has no digit.
CREATE OR REPLACE FUNCTION tracking.object_name(address text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    name text := split_part(redaction.decode_text(address), '#', 1);
BEGIN
    name := regexp_replace(replace(name, '\', '/'), '^[A-Za-z][A-Za-z0-9+.-]*:', '');
    IF split_part(name, '?', 1) ~ '[0-9][^/]*$' THEN
        name := split_part(name, '?', 1);
    END IF;
    name := regexp_replace(ltrim(regexp_replace(name, '/+', '/', 'g'), '/'), '^[^/?@]*@', '');
    RETURN rtrim(lower(split_part(name, '/', 1)) || substr(name, length(split_part(name, '/', 1)) + 1), '/.,;:!)]}"''');
END
$body$;

-- Returns the digest by which a taken address is known.
CREATE OR REPLACE FUNCTION tracking.digest_address(address text, key bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RETURN redaction.key_digest(sha256(convert_to(tracking.object_name(address), 'UTF8')), key);
END
$body$;

-- Returns what a text may name objects by: itself, and its words, also without the encodings of URLs, HTML and mails.
CREATE OR REPLACE FUNCTION tracking.list_addresses(written text) RETURNS SETOF text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RETURN QUERY
    SELECT written
    UNION
    SELECT m.found[1] FROM unnest(ARRAY[written, redaction.decode_text(written)]) AS t (form)
    CROSS JOIN LATERAL regexp_matches(t.form, '[^\s"''<>|()]*[/\\%&][^\s"''<>|()]*', 'g') AS m (found);
END
$body$;

-- Says whether the clock has taken the object of an address from an activity. The loader asks, and learns no digest.
CREATE OR REPLACE FUNCTION tracking.was_taken(account bigint, activity bigint, address text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RETURN EXISTS (
        SELECT FROM tracking.taken_addresses t CROSS JOIN LATERAL tracking.list_addresses(was_taken.address) AS l (address)
        WHERE t.account_id = account AND t.activity_id = activity
          AND t.digest = tracking.digest_address(l.address, redaction.text_key(account))
    );
END
$body$;

-- Returns a value without the addresses of some digests, however deep they are in it. A text that has one only in an
-- encoding is cut as a whole.
CREATE OR REPLACE FUNCTION tracking.cut_addresses(given jsonb, digests bytea[], keys bytea) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    written text := given #>> '{}';
    address text;
BEGIN
    CASE jsonb_typeof(given)
    WHEN 'object' THEN
        RETURN (SELECT coalesce(jsonb_object_agg(
                    tracking.cut_addresses(to_jsonb(e.key), digests, keys) #>> '{}', tracking.cut_addresses(e.value, digests, keys)
                ), '{}') FROM jsonb_each(given) e);
    WHEN 'array' THEN
        RETURN (SELECT coalesce(jsonb_agg(tracking.cut_addresses(e.value, digests, keys) ORDER BY e.ordinality), '[]')
                FROM jsonb_array_elements(given) WITH ORDINALITY e);
    WHEN 'string' THEN
        FOR address IN SELECT l.address FROM tracking.list_addresses(written) AS l (address) LOOP
            IF tracking.digest_address(address, keys) = ANY(digests) THEN
                written := CASE WHEN strpos(written, address) > 0 THEN replace(written, address, '[redacted]')
                                WHEN strpos(given #>> '{}', address) = 0 THEN '[redacted]' ELSE written END;
            END IF;
        END LOOP;
        RETURN to_jsonb(written);
    ELSE
        RETURN given;
    END CASE;
END
$body$;

-- Returns the personal fields of a row that have addresses which the clock has taken from its activity, without these;
-- NULL if there are none.
CREATE OR REPLACE FUNCTION tracking.cut_taken(account bigint, activity bigint, given jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    digests bytea[] := ARRAY(
        SELECT t.digest FROM tracking.taken_addresses t WHERE t.account_id = account AND t.activity_id = activity
    );
    keys CONSTANT bytea := redaction.text_key(account);
BEGIN
    IF digests = '{}' THEN
        RETURN NULL;
    END IF;
    RETURN (
        SELECT jsonb_object_agg(c.key, n.cut)
        FROM jsonb_each(given) c CROSS JOIN LATERAL tracking.cut_addresses(c.value, digests, keys) AS n (cut)
        WHERE n.cut <> c.value
          AND c.key IN ({% for column in personal %}'{{ column[1:-1] }}'{{ ", " if not loop.last }}{% endfor %})
    );
END
$body$;

-- Keeps the digests of the recordings of activities that the clock has taken.
CREATE OR REPLACE FUNCTION tracking.keep_addresses() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    {% with tables = ["tracking.taken_recordings"], operations = ["INSERT", "UPDATE"], timing = "AFTER", level = "STATEMENT" %}{% include "database/_fired_on.sql" %}{% endwith %}

    INSERT INTO tracking.taken_addresses (account_id, activity_id, digest)
    SELECT DISTINCT o.account_id, o.activity_id, tracking.digest_address(o.address, k.key)
    FROM kept t
    JOIN tracking.objects o ON o.account_id = t.account_id AND o.activity_id = t.activity_id AND o.recording
    JOIN redaction.text_keys k ON k.account_id = o.account_id
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$body$;
CREATE OR REPLACE TRIGGER keep_addresses AFTER INSERT ON tracking.taken_recordings
    REFERENCING NEW TABLE AS kept FOR EACH STATEMENT EXECUTE FUNCTION tracking.keep_addresses();
CREATE OR REPLACE TRIGGER keep_addresses_again AFTER UPDATE ON tracking.taken_recordings
    REFERENCING NEW TABLE AS kept FOR EACH STATEMENT EXECUTE FUNCTION tracking.keep_addresses();
REVOKE ALL ON FUNCTION tracking.object_name(text), tracking.digest_address(text, bytea), tracking.list_addresses(text), tracking.was_taken(bigint, bigint, text),
    tracking.cut_addresses(jsonb, bytea[], bytea), tracking.cut_taken(bigint, bigint, jsonb), tracking.keep_addresses() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tracking.was_taken(bigint, bigint, text) TO redaction_loader;

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

-- A taken recording stays taken, whoever writes: a recording that is sent again is left out, and is no new object; its
-- address is left out of every other field. A setting of the transaction counts, for the load, how many rows that were.
-- The name sorts before the triggers for an address.
CREATE OR REPLACE FUNCTION tracking.keep_taken() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    cut jsonb;
BEGIN
    {% with tables = ["tracking.activities"], operations = ["UPDATE"], timing = "BEFORE", level = "ROW" %}{% include "database/_fired_on.sql" %}{% endwith %}

    IF NOT EXISTS (
        SELECT FROM tracking.taken_recordings t WHERE t.account_id = OLD.account_id AND t.activity_id = OLD.id
    ) THEN
        RETURN NEW;
    END IF;
    cut := tracking.cut_taken(NEW.account_id, NEW.id, to_jsonb(NEW) - 'recording_url');
    IF cut IS NULL AND NEW.recording_url IS NULL THEN
        RETURN NEW;
    END IF;
    NEW := jsonb_populate_record(NEW, coalesce(cut, '{}'));
    NEW.recording_url := NULL;
    PERFORM set_config(
        'redaction.recordings_left_out',
        (coalesce(nullif(current_setting('redaction.recordings_left_out', true), ''), '0')::bigint + 1)::text, true
    );
    RETURN CASE WHEN NEW *= OLD THEN NULL ELSE NEW END;
END
$body$;
CREATE OR REPLACE TRIGGER keep_taken BEFORE UPDATE ON tracking.activities
    FOR EACH ROW WHEN (OLD.redacted_at IS NULL AND NEW.redacted_at IS NULL AND OLD.recording_url IS NULL)
    EXECUTE FUNCTION tracking.keep_taken();
REVOKE ALL ON FUNCTION tracking.keep_taken() FROM PUBLIC;

-- Takes the recordings again of activities whose row was gone with its partition, and their addresses in other fields:
-- only an update asks what was taken.
CREATE OR REPLACE FUNCTION tracking.take_again(accounts bigint[], ids bigint[]) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
    WITH known AS MATERIALIZED (
        SELECT t.account_id, t.activity_id, t.run_id, i.called_at, a.recording_url IS NOT NULL AS has_recording, n.*
        FROM unnest(accounts, ids) AS u (account_id, activity_id)
        JOIN tracking.taken_recordings t ON t.account_id = u.account_id AND t.activity_id = u.activity_id
        JOIN tracking.activity_identity i ON i.account_id = t.account_id AND i.id = t.activity_id
        JOIN tracking.activities a ON a.account_id = i.account_id AND a.called_at = i.called_at AND a.id = i.id
        CROSS JOIN LATERAL tracking.cut_taken(a.account_id, a.id, to_jsonb(a) - 'recording_url') AS c (cut)
        CROSS JOIN LATERAL (
            SELECT {% for column in personal if column != '"recording_url"' %}p.{{ column }}{{ ", " if not loop.last }}{% endfor %}
            FROM jsonb_populate_record(a, coalesce(c.cut, '{}')) p
        ) n
        WHERE a.recording_url IS NOT NULL OR c.cut IS NOT NULL
    ), taken AS (
        UPDATE tracking.activities a SET recording_url = NULL
            {%- for column in personal if column != '"recording_url"' %}, {{ column }} = k.{{ column }}{% endfor %}

        FROM known k
        WHERE a.account_id = k.account_id AND a.called_at = k.called_at AND a.id = k.activity_id
        RETURNING k.account_id, k.activity_id, k.run_id, k.has_recording
    ), objects AS (
        UPDATE tracking.objects o SET due_since = clock_timestamp(), run_id = t.run_id
        FROM taken t
        WHERE t.has_recording AND o.account_id = t.account_id AND o.activity_id = t.activity_id AND o.recording
          AND o.due_since IS NULL
    )
    SELECT count(*) FROM taken
$body$;
REVOKE ALL ON FUNCTION tracking.take_again(bigint[], bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tracking.take_again(bigint[], bigint[]) TO redaction_loader;
