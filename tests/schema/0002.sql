-- The schema as version 0002 left it: what an upgrade has to begin with.
SET LOCAL check_function_bodies = off;

CREATE SCHEMA redaction;

CREATE SCHEMA reporting;

CREATE SCHEMA tracking;

CREATE FUNCTION redaction.analyze_sets() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    ANALYZE redaction.run_activities;
END
$$;

CREATE FUNCTION redaction.begin_rewrite(partition_name text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    part regclass := format('tracking.%I', begin_rewrite.partition_name)::regclass;
BEGIN
    IF NOT EXISTS (SELECT FROM redaction.partitions p WHERE p.relation = part) THEN
        RAISE undefined_table USING MESSAGE = 'this is no partition of the activities';
    END IF;
    -- Of the session, since a rewrite is three transactions; `end_rewrite` lets go.
    IF NOT pg_try_advisory_lock(hashtext('redaction.rewrite'), hashtext(begin_rewrite.partition_name)) THEN
        RAISE lock_not_available USING MESSAGE = 'the partition is being rewritten by another';
    END IF;
    EXECUTE format('DROP TABLE IF EXISTS tracking.%I', begin_rewrite.partition_name || '_new');
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = part AND tgname = 'note_change') THEN
        EXECUTE format(
            'CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON %s '
            'FOR EACH ROW EXECUTE FUNCTION redaction.note_change()', part
        );
    END IF;
    DELETE FROM redaction.rewrite_changes c WHERE c.partition_name = begin_rewrite.partition_name;
END
$$;

CREATE FUNCTION redaction.copy_partition(part_name text, for_run bigint) RETURNS timestamp with time zone
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET maintenance_work_mem TO '256MB'
    SET work_mem TO '64MB'
    AS $_$
DECLARE
    new_name text := part_name || '_new';
    part redaction.partitions;
    run redaction.runs;
    definition text;
BEGIN
    SELECT * INTO STRICT part FROM redaction.partitions p WHERE p.partition_name = part_name;
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = part.relation AND tgname = 'note_change') THEN
        RAISE object_not_in_prerequisite_state USING MESSAGE = 'begin_rewrite was not called for this partition';
    END IF;
    DROP TABLE IF EXISTS pg_temp.due;
    CREATE TEMPORARY TABLE due (id bigint NOT NULL, digest bigint, names_its_caller boolean);
    IF for_run IS NOT NULL THEN
        SELECT * INTO STRICT run FROM redaction.runs r WHERE r.id = for_run;
        EXECUTE format($sql$
            INSERT INTO pg_temp.due
            SELECT a.id, -- Digest of what a strip must leave as it is, of one row over the alias `a`.
hash_record_extended(ROW(
a."id", a."account_id", a."kind", a."called_at", a."status", a."call_status", a."dial_status", a."tracking_number", a."tracking_number_id", a."tracking_label", a."source", a."source_id", a."call_path"
), 0)
, -- Does a retained text of this row carry its own caller's number, address or full name? Over the alias `a`.
(
    (strpos(lower(concat_ws(' | ', a."status", a."call_status", a."dial_status", a."tracking_label", a."source", CAST(jsonb_path_query_array(a.call_path, '$[*].route_name') AS text))), lower(btrim(a.caller_name))) > 0 OR concat_ws(' | ', a."status", a."call_status", a."dial_status", a."tracking_label", a."source", CAST(jsonb_path_query_array(a.call_path, '$[*].route_name') AS text)) ~ '@|(?:[0-9][^0-9]*){7}')
) IS TRUE AND (
    SELECT
        (t.bare ~ '[0-9]{7}' AND EXISTS (
            SELECT FROM (VALUES (a.caller_number), (a.contact_key)) AS own (number)
            CROSS JOIN LATERAL (SELECT right(regexp_replace(own.number, '[^0-9]', '', 'g'), 10) AS digits) d
            WHERE length(d.digits) >= 7 AND strpos(t.bare, d.digits) > 0
        ))
        OR (strpos(t.texts, '@') > 0 AND EXISTS (
            SELECT FROM unnest(a.emails) AS own (address)
            WHERE strpos(own.address, '@') > 1 AND strpos(t.texts, lower(own.address)) > 0
        ))
        OR coalesce(strpos(btrim(a.caller_name), ' ') > 0 AND strpos(t.texts, lower(btrim(a.caller_name))) > 0, false)
    FROM (
        SELECT s.texts, translate(s.texts, ' ()+.-/', '') AS bare
        FROM (
            SELECT lower(concat_ws(' | ', a."status", a."call_status", a."dial_status", a."tracking_label", a."source", CAST(jsonb_path_query_array(a.call_path, '$[*].route_name') AS text))) AS texts
            OFFSET 0
        ) s
        OFFSET 0
    ) t
)

            FROM tracking.%1$I a
            JOIN redaction.run_activities r ON r.run_id = $1 AND r.activity_id = a.id
            
            WHERE -- The one predicate that says which activities a strip may touch, over the alias `a`.
a.account_id = $2 AND a.called_at < $3 AND a.redacted_at IS NULL

        $sql$, part_name) USING run.id, run.account_id, run.cutoff;
        EXECUTE format($sql$
            INSERT INTO redaction.recordings_due (account_id, activity_id, url)
            SELECT a.account_id, a.id, a.recording_url
            FROM tracking.%1$I a
            
            JOIN pg_temp.due d ON d.id = a.id
            WHERE a.account_id = $1 AND a.recording_url IS NOT NULL
        $sql$, part_name) USING run.account_id;

        ANALYZE pg_temp.due;
    END IF;
    EXECUTE format(
        'CREATE TABLE tracking.%2$I (LIKE tracking.%1$I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE '
        'INCLUDING COMPRESSION)', part_name, new_name
    );
    IF NOT part.is_default THEN
        -- Proves the bounds as the rows come in, so that the swap has nothing to scan.
        EXECUTE format(
            'ALTER TABLE tracking.%I ADD CONSTRAINT within_bounds CHECK (called_at >= %L AND called_at < %L)',
            new_name, part.starts, part.ends
        );
    END IF;
    PERFORM tracking.sample_no_personal(format('tracking.%I', new_name)::regclass);
    EXECUTE format($sql$
        INSERT INTO tracking.%2$I ("id", "account_id", "kind", "called_at", "status", "call_status", "dial_status", "tracking_number", "tracking_number_id", "tracking_label", "source", "source_id", "call_path", "caller_name", "caller_number", "caller_numbers", "contact_key", "caller_id", "recording_url", "transcription", "transcription_details", "message", "custom_fields", "notes", "emails", "visitor", "tags", "form", "enhanced_caller_id", "unlisted", "redacted_at", "redaction_run_id")
        SELECT a."id", a."account_id", a."kind", a."called_at", a."status", a."call_status", a."dial_status", a."tracking_number", a."tracking_number_id", a."tracking_label", a."source", a."source_id", a."call_path", CASE WHEN d.id IS NULL THEN a."caller_name" END, CASE WHEN d.id IS NULL THEN a."caller_number" END, CASE WHEN d.id IS NULL THEN a."caller_numbers" END, CASE WHEN d.id IS NULL THEN a."contact_key" END, CASE WHEN d.id IS NULL THEN a."caller_id" END, CASE WHEN d.id IS NULL THEN a."recording_url" END, CASE WHEN d.id IS NULL THEN a."transcription" END, CASE WHEN d.id IS NULL THEN a."transcription_details" END, CASE WHEN d.id IS NULL THEN a."message" END, CASE WHEN d.id IS NULL THEN a."custom_fields" END, CASE WHEN d.id IS NULL THEN a."notes" END, CASE WHEN d.id IS NULL THEN a."emails" END, CASE WHEN d.id IS NULL THEN a."visitor" END, CASE WHEN d.id IS NULL THEN a."tags" END, CASE WHEN d.id IS NULL THEN a."form" END, CASE WHEN d.id IS NULL THEN a."enhanced_caller_id" END, CASE WHEN d.id IS NULL THEN a."unlisted" END, 
               CASE WHEN d.id IS NULL THEN a.redacted_at ELSE now() END,
               CASE WHEN d.id IS NULL THEN a.redaction_run_id ELSE $1 END
        FROM tracking.%1$I a 
        LEFT JOIN pg_temp.due d ON d.id = a.id AND a.account_id = $2
    $sql$, part_name, new_name) USING run.id, run.account_id;

    EXECUTE format('ALTER TABLE tracking.%I ADD PRIMARY KEY (account_id, called_at, id)', new_name);
    FOR definition IN
        SELECT CASE WHEN indisunique THEN 'CREATE UNIQUE INDEX ON tracking.%I' ELSE 'CREATE INDEX ON tracking.%I' END
               || replace(substring(pg_get_indexdef(indexrelid) FROM ' USING .*'), '%', '%%')
        FROM pg_index WHERE indrelid = part.relation AND NOT indisprimary ORDER BY indexrelid
    LOOP
        EXECUTE format(definition, new_name);
    END LOOP;
    RETURN clock_timestamp();
END
$_$;

CREATE FUNCTION redaction.end_rewrite(partition_name text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT pg_advisory_unlock(hashtext('redaction.rewrite'), hashtext(end_rewrite.partition_name))
$$;

CREATE FUNCTION redaction.filenodes(partition_name text) RETURNS bigint[]
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    WITH heap AS (
        SELECT oid, reltoastrelid FROM pg_class
        WHERE oid = to_regclass(format('tracking.%I', filenodes.partition_name))
    ), tables AS (
        SELECT oid FROM heap UNION ALL SELECT reltoastrelid FROM heap WHERE reltoastrelid <> 0
    )
    SELECT coalesce(array_agg(pg_relation_filenode(f.oid)::bigint ORDER BY f.oid), '{}')
    FROM (
        SELECT oid FROM tables
        UNION ALL
        SELECT i.indexrelid FROM pg_index i JOIN tables t ON t.oid = i.indrelid
    ) f
$$;

CREATE FUNCTION redaction.note_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO redaction.rewrite_changes VALUES (TG_TABLE_NAME, OLD.account_id, OLD.called_at, OLD.id);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO redaction.rewrite_changes VALUES (TG_TABLE_NAME, NEW.account_id, NEW.called_at, NEW.id);
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION redaction.older_snapshots(since timestamp with time zone, OUT pid integer, OUT seconds double precision) RETURNS SETOF record
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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
$$;

CREATE FUNCTION redaction.sampled_columns(part_name text) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT count(*) FROM pg_stats
    WHERE schemaname = 'tracking' AND tablename IN (part_name, 'activities')
      AND attname IN ('caller_name', 'caller_number', 'caller_numbers', 'contact_key', 'caller_id', 'recording_url', 'transcription', 'transcription_details', 'message', 'custom_fields', 'notes', 'emails', 'visitor', 'tags', 'form', 'enhanced_caller_id', 'unlisted')
      AND (most_common_vals IS NOT NULL OR histogram_bounds IS NOT NULL OR most_common_elems IS NOT NULL)
$$;

CREATE FUNCTION redaction.swap_partition(part_name text, for_run bigint, lock_ms integer, patience_ms integer, OUT stripped bigint, OUT remaining bigint, OUT brought_over bigint, OUT locked_seconds double precision) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
DECLARE
    new_name text := part_name || '_new';
    part redaction.partitions;
    run redaction.runs;
    deadline timestamptz := clock_timestamp() + patience_ms * interval '1 millisecond';
    locked_at timestamptz;
    digested numeric;
    count_changed bigint;
BEGIN
    SELECT * INTO STRICT part FROM redaction.partitions p WHERE p.partition_name = part_name;
    IF for_run IS NOT NULL THEN
        SELECT * INTO STRICT run FROM redaction.runs r WHERE r.id = for_run;
    END IF;
    brought_over := 0;
    CREATE TEMPORARY TABLE changed (account_id bigint, called_at timestamptz, id bigint) ON COMMIT DROP;
    LOOP
        -- What changed during the copy is brought over before the lock; only the last changes wait for it.
        FOR final IN 0..1 LOOP
            IF final = 1 THEN
                BEGIN
                    PERFORM set_config('lock_timeout', lock_ms || 'ms', true);
                    EXECUTE format(
                        'LOCK TABLE ONLY tracking.activities, tracking.%I, tracking.activities_elsewhen '
                        'IN ACCESS EXCLUSIVE MODE', part_name
                    );
                    locked_at := clock_timestamp();
                EXCEPTION WHEN lock_not_available THEN
                    IF clock_timestamp() > deadline THEN
                        RAISE;
                    END IF;
                    EXIT;
                END;
            END IF;
            TRUNCATE pg_temp.changed;
            WITH noted AS (
                DELETE FROM redaction.rewrite_changes c WHERE c.partition_name = part_name RETURNING c.*
            )
            INSERT INTO pg_temp.changed SELECT DISTINCT n.account_id, n.called_at, n.id FROM noted n;
            GET DIAGNOSTICS count_changed = ROW_COUNT;
            IF count_changed > 0 THEN
                brought_over := brought_over + count_changed;
                EXECUTE format(
                    'DELETE FROM tracking.%I n USING pg_temp.changed c '
                    'WHERE n.account_id = c.account_id AND n.called_at = c.called_at AND n.id = c.id', new_name
                );
                IF for_run IS NOT NULL THEN
                    DELETE FROM pg_temp.due d USING pg_temp.changed c WHERE d.id = c.id AND c.account_id = run.account_id;
        EXECUTE format($sql$
            INSERT INTO pg_temp.due
            SELECT a.id, -- Digest of what a strip must leave as it is, of one row over the alias `a`.
hash_record_extended(ROW(
a."id", a."account_id", a."kind", a."called_at", a."status", a."call_status", a."dial_status", a."tracking_number", a."tracking_number_id", a."tracking_label", a."source", a."source_id", a."call_path"
), 0)
, -- Does a retained text of this row carry its own caller's number, address or full name? Over the alias `a`.
(
    (strpos(lower(concat_ws(' | ', a."status", a."call_status", a."dial_status", a."tracking_label", a."source", CAST(jsonb_path_query_array(a.call_path, '$[*].route_name') AS text))), lower(btrim(a.caller_name))) > 0 OR concat_ws(' | ', a."status", a."call_status", a."dial_status", a."tracking_label", a."source", CAST(jsonb_path_query_array(a.call_path, '$[*].route_name') AS text)) ~ '@|(?:[0-9][^0-9]*){7}')
) IS TRUE AND (
    SELECT
        (t.bare ~ '[0-9]{7}' AND EXISTS (
            SELECT FROM (VALUES (a.caller_number), (a.contact_key)) AS own (number)
            CROSS JOIN LATERAL (SELECT right(regexp_replace(own.number, '[^0-9]', '', 'g'), 10) AS digits) d
            WHERE length(d.digits) >= 7 AND strpos(t.bare, d.digits) > 0
        ))
        OR (strpos(t.texts, '@') > 0 AND EXISTS (
            SELECT FROM unnest(a.emails) AS own (address)
            WHERE strpos(own.address, '@') > 1 AND strpos(t.texts, lower(own.address)) > 0
        ))
        OR coalesce(strpos(btrim(a.caller_name), ' ') > 0 AND strpos(t.texts, lower(btrim(a.caller_name))) > 0, false)
    FROM (
        SELECT s.texts, translate(s.texts, ' ()+.-/', '') AS bare
        FROM (
            SELECT lower(concat_ws(' | ', a."status", a."call_status", a."dial_status", a."tracking_label", a."source", CAST(jsonb_path_query_array(a.call_path, '$[*].route_name') AS text))) AS texts
            OFFSET 0
        ) s
        OFFSET 0
    ) t
)

            FROM tracking.%1$I a
            JOIN redaction.run_activities r ON r.run_id = $1 AND r.activity_id = a.id
            JOIN pg_temp.changed c ON c.account_id = a.account_id AND c.called_at = a.called_at AND c.id = a.id
            WHERE -- The one predicate that says which activities a strip may touch, over the alias `a`.
a.account_id = $2 AND a.called_at < $3 AND a.redacted_at IS NULL

        $sql$, part_name) USING run.id, run.account_id, run.cutoff;
        EXECUTE format($sql$
            INSERT INTO redaction.recordings_due (account_id, activity_id, url)
            SELECT a.account_id, a.id, a.recording_url
            FROM tracking.%1$I a
            JOIN pg_temp.changed c ON c.account_id = a.account_id AND c.called_at = a.called_at AND c.id = a.id
            JOIN pg_temp.due d ON d.id = a.id
            WHERE a.account_id = $1 AND a.recording_url IS NOT NULL
        $sql$, part_name) USING run.account_id;

                END IF;
    EXECUTE format($sql$
        INSERT INTO tracking.%2$I ("id", "account_id", "kind", "called_at", "status", "call_status", "dial_status", "tracking_number", "tracking_number_id", "tracking_label", "source", "source_id", "call_path", "caller_name", "caller_number", "caller_numbers", "contact_key", "caller_id", "recording_url", "transcription", "transcription_details", "message", "custom_fields", "notes", "emails", "visitor", "tags", "form", "enhanced_caller_id", "unlisted", "redacted_at", "redaction_run_id")
        SELECT a."id", a."account_id", a."kind", a."called_at", a."status", a."call_status", a."dial_status", a."tracking_number", a."tracking_number_id", a."tracking_label", a."source", a."source_id", a."call_path", CASE WHEN d.id IS NULL THEN a."caller_name" END, CASE WHEN d.id IS NULL THEN a."caller_number" END, CASE WHEN d.id IS NULL THEN a."caller_numbers" END, CASE WHEN d.id IS NULL THEN a."contact_key" END, CASE WHEN d.id IS NULL THEN a."caller_id" END, CASE WHEN d.id IS NULL THEN a."recording_url" END, CASE WHEN d.id IS NULL THEN a."transcription" END, CASE WHEN d.id IS NULL THEN a."transcription_details" END, CASE WHEN d.id IS NULL THEN a."message" END, CASE WHEN d.id IS NULL THEN a."custom_fields" END, CASE WHEN d.id IS NULL THEN a."notes" END, CASE WHEN d.id IS NULL THEN a."emails" END, CASE WHEN d.id IS NULL THEN a."visitor" END, CASE WHEN d.id IS NULL THEN a."tags" END, CASE WHEN d.id IS NULL THEN a."form" END, CASE WHEN d.id IS NULL THEN a."enhanced_caller_id" END, CASE WHEN d.id IS NULL THEN a."unlisted" END, 
               CASE WHEN d.id IS NULL THEN a.redacted_at ELSE now() END,
               CASE WHEN d.id IS NULL THEN a.redaction_run_id ELSE $1 END
        FROM tracking.%1$I a JOIN pg_temp.changed c ON c.account_id = a.account_id AND c.called_at = a.called_at AND c.id = a.id
        LEFT JOIN pg_temp.due d ON d.id = a.id AND a.account_id = $2
    $sql$, part_name, new_name) USING run.id, run.account_id;

            END IF;
        END LOOP;
        EXIT WHEN locked_at IS NOT NULL;
        PERFORM pg_sleep(0.02 + random() * 0.2);
    END LOOP;

    SELECT count(*), coalesce(sum(digest), 0) INTO stripped, digested FROM pg_temp.due;
    IF stripped > 0 THEN
        INSERT INTO redaction.run_findings (run_id, activity_id)
        SELECT for_run, id FROM pg_temp.due WHERE names_its_caller
        ON CONFLICT DO NOTHING;
        UPDATE redaction.runs SET stripped_count = stripped_count + stripped, stripped_digest = stripped_digest + digested
        WHERE id = for_run;
        INSERT INTO redaction.run_partitions (run_id, partition_name, mode, rows, filenodes)
        VALUES (for_run, part_name, 'rewrite', stripped, redaction.filenodes(part_name))
        ON CONFLICT (run_id, partition_name, mode) DO UPDATE
        SET rows = run_partitions.rows + excluded.rows, filenodes = excluded.filenodes, lsn = excluded.lsn,
            at = excluded.at;
    END IF;
    DELETE FROM redaction.residue r WHERE r.partition_name = part_name;
    EXECUTE format('ALTER TABLE tracking.activities DETACH PARTITION tracking.%I', part_name);
    EXECUTE format('DROP TABLE tracking.%I', part_name);
    EXECUTE format('ALTER TABLE tracking.%I RENAME TO %I', new_name, part_name);
    EXECUTE format('ALTER TABLE tracking.activities ATTACH PARTITION tracking.%I %s', part_name, part.bound);
    IF NOT part.is_default THEN
        EXECUTE format('ALTER TABLE tracking.%I DROP CONSTRAINT within_bounds', part_name);
    END IF;
    DROP TABLE pg_temp.due;
    SELECT reltuples::bigint INTO remaining FROM pg_class WHERE oid = format('tracking.%I', part_name)::regclass;
    locked_seconds := extract(epoch FROM clock_timestamp() - locked_at);
END
$_$;

CREATE FUNCTION tracking.ensure_partition(at timestamp with time zone, width text DEFAULT 'week'::text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    first_day timestamptz := date_trunc(width, at, 'UTC');
    after_last timestamptz := (date_trunc(width, at AT TIME ZONE 'UTC') + ('1 ' || width)::interval) AT TIME ZONE 'UTC';
    partition_name text := 'activities_' || to_char(first_day AT TIME ZONE 'UTC', 'YYYYMMDD');
BEGIN
    IF width NOT IN ('day', 'week', 'month') THEN
        RAISE invalid_parameter_value USING MESSAGE = 'a partition is a day, week or month wide';
    END IF;
    IF at < timestamptz '2000-01-01 00:00:00+00' OR at > now() + interval '2 years' THEN
        RETURN false;
    END IF;
    IF to_regclass('tracking.' || partition_name) IS NOT NULL THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('tracking.ensure_partition'));
    IF EXISTS (
        SELECT FROM tracking.activities_elsewhen WHERE called_at >= first_day AND called_at < after_last
    ) THEN
        RETURN false;
    END IF;
    BEGIN
        EXECUTE format(
            'CREATE TABLE tracking.%I PARTITION OF tracking.activities FOR VALUES FROM (%L) TO (%L)',
            partition_name, first_day, after_last
        );
    EXCEPTION WHEN duplicate_table OR invalid_object_definition THEN
        -- Made by another loader while this one waited for the lock, or covered by a partition of another width.
        RETURN false;
    END;
    PERFORM tracking.sample_no_personal(format('tracking.%I', partition_name)::regclass);
    RETURN true;
END
$$;

CREATE FUNCTION tracking.follow_activity() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    UPDATE tracking.activity_identity SET called_at = NEW.called_at
    WHERE account_id = OLD.account_id AND id = OLD.id;
    UPDATE redaction.run_activities SET called_at = NEW.called_at
    WHERE activity_id = OLD.id AND run_id IN (
        SELECT id FROM redaction.runs WHERE account_id = OLD.account_id AND (finished_at IS NULL OR state = 'failed')
    );
    INSERT INTO reporting.stale_days (account_id, day)
    SELECT DISTINCT a.id, (t.at AT TIME ZONE a.timezone)::date
    FROM tracking.accounts a, (VALUES (OLD.called_at), (NEW.called_at)) AS t (at)
    WHERE a.id = OLD.account_id
    ON CONFLICT (account_id, day) DO UPDATE SET day = excluded.day;
    RETURN NEW;
END
$$;

CREATE FUNCTION tracking.forget_activities() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    DELETE FROM tracking.activity_identity i USING removed r WHERE i.account_id = r.account_id AND i.id = r.id;
    INSERT INTO reporting.stale_days (account_id, day)
    SELECT DISTINCT r.account_id, (r.called_at AT TIME ZONE a.timezone)::date
    FROM removed r JOIN tracking.accounts a ON a.id = r.account_id
    ORDER BY 1, 2
    ON CONFLICT (account_id, day) DO UPDATE SET day = excluded.day;
    RETURN NULL;
END
$$;

CREATE FUNCTION tracking.forget_all_activities() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    TRUNCATE tracking.activity_identity;
    RETURN NULL;
END
$$;

CREATE FUNCTION tracking.ignore_unchanged() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RETURN NULL;
END
$$;

CREATE FUNCTION tracking.keep_account() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF EXISTS (SELECT FROM tracking.activity_identity WHERE account_id = OLD.id) THEN
        RAISE foreign_key_violation USING MESSAGE = format('account %s still has activities', OLD.id);
    END IF;
    RETURN OLD;
END
$$;

CREATE FUNCTION tracking.keep_replaced_recording() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO redaction.recordings_due (account_id, activity_id, url)
    VALUES (OLD.account_id, OLD.id, OLD.recording_url);
    RETURN NEW;
END
$$;

CREATE FUNCTION tracking.refuse_new_identity() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RAISE EXCEPTION 'activity % of account % cannot change its id or account', OLD.id, OLD.account_id;
END
$$;

CREATE FUNCTION tracking.register_activities() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT account_id FROM inserted) n
        WHERE NOT EXISTS (SELECT FROM tracking.accounts a WHERE a.id = n.account_id)
    ) THEN
        RAISE foreign_key_violation USING MESSAGE = 'an activity names an account that does not exist';
    END IF;
    INSERT INTO tracking.activity_identity (account_id, id, called_at)
    SELECT account_id, id, called_at FROM inserted;
    INSERT INTO reporting.stale_days (account_id, day)
    SELECT DISTINCT i.account_id, (i.called_at AT TIME ZONE a.timezone)::date
    FROM inserted i JOIN tracking.accounts a ON a.id = i.account_id
    ORDER BY 1, 2
    ON CONFLICT (account_id, day) DO UPDATE SET day = excluded.day;
    RETURN NULL;
END
$$;

CREATE FUNCTION tracking.sample_no_personal(target regclass) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    EXECUTE format(
        'ALTER TABLE %s ALTER COLUMN "caller_name" SET STATISTICS 0, ALTER COLUMN "caller_number" SET STATISTICS 0, ALTER COLUMN "caller_numbers" SET STATISTICS 0, ALTER COLUMN "contact_key" SET STATISTICS 0, ALTER COLUMN "caller_id" SET STATISTICS 0, ALTER COLUMN "recording_url" SET STATISTICS 0, ALTER COLUMN "transcription" SET STATISTICS 0, ALTER COLUMN "transcription_details" SET STATISTICS 0, ALTER COLUMN "message" SET STATISTICS 0, ALTER COLUMN "custom_fields" SET STATISTICS 0, ALTER COLUMN "notes" SET STATISTICS 0, ALTER COLUMN "emails" SET STATISTICS 0, ALTER COLUMN "visitor" SET STATISTICS 0, ALTER COLUMN "tags" SET STATISTICS 0, ALTER COLUMN "form" SET STATISTICS 0, ALTER COLUMN "enhanced_caller_id" SET STATISTICS 0, ALTER COLUMN "unlisted" SET STATISTICS 0', target
    );
END
$$;

CREATE TABLE redaction.alembic_version (
    version_num character varying(32) NOT NULL
);

CREATE TABLE redaction.run_activities (
    run_id bigint NOT NULL,
    activity_id bigint NOT NULL,
    account_id bigint NOT NULL,
    called_at timestamp with time zone NOT NULL
);

CREATE TABLE redaction.runs (
    id bigint NOT NULL,
    account_id bigint NOT NULL,
    trigger text DEFAULT 'cli'::text NOT NULL,
    run_key text,
    cutoff timestamp with time zone NOT NULL,
    state text DEFAULT 'selected'::text NOT NULL,
    due_count bigint DEFAULT 0 NOT NULL,
    stripped_count bigint DEFAULT 0 NOT NULL,
    digest numeric DEFAULT 0 NOT NULL,
    stripped_digest numeric DEFAULT 0 NOT NULL,
    position_id bigint,
    recordings_deleted bigint DEFAULT 0 NOT NULL,
    erasure_level text DEFAULT 'none'::text NOT NULL,
    failed_step text,
    failure text,
    seconds jsonb DEFAULT '{}'::jsonb NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    CONSTRAINT runs_erasure_level_check CHECK ((erasure_level = ANY (ARRAY['none'::text, 'L0'::text, 'L1'::text, 'L2'::text, 'L3'::text, 'L4'::text]))),
    CONSTRAINT runs_finished_is_over CHECK (((state = ANY (ARRAY['succeeded'::text, 'failed'::text])) = (finished_at IS NOT NULL))),
    CONSTRAINT runs_state_check CHECK ((state = ANY (ARRAY['selected'::text, 'stripped'::text, 'erased'::text, 'validated'::text, 'succeeded'::text, 'failed'::text])))
);

CREATE TABLE tracking.activities (
    id bigint NOT NULL,
    account_id bigint NOT NULL,
    kind text NOT NULL,
    called_at timestamp with time zone NOT NULL,
    status text,
    call_status text,
    dial_status text,
    tracking_number text,
    tracking_number_id bigint,
    tracking_label text,
    source text,
    source_id bigint,
    call_path jsonb,
    redacted_at timestamp with time zone,
    redaction_run_id bigint,
    caller_name text,
    caller_number text,
    caller_numbers jsonb,
    contact_key text,
    caller_id text,
    recording_url text,
    transcription text,
    transcription_details jsonb,
    message jsonb,
    custom_fields jsonb,
    notes text,
    emails text[],
    visitor jsonb,
    tags text[],
    form jsonb,
    enhanced_caller_id jsonb,
    unlisted jsonb,
    CONSTRAINT activities_kind_check CHECK ((kind = ANY (ARRAY['call'::text, 'text'::text, 'chat'::text, 'form'::text]))),
    CONSTRAINT activities_redacted_is_stripped CHECK (((redacted_at IS NULL) OR ((caller_name IS NULL) AND (caller_number IS NULL) AND (caller_numbers IS NULL) AND (contact_key IS NULL) AND (caller_id IS NULL) AND (recording_url IS NULL) AND (transcription IS NULL) AND (transcription_details IS NULL) AND (message IS NULL) AND (custom_fields IS NULL) AND (notes IS NULL) AND (emails IS NULL) AND (visitor IS NULL) AND (tags IS NULL) AND (form IS NULL) AND (enhanced_caller_id IS NULL) AND (unlisted IS NULL))))
)
PARTITION BY RANGE (called_at);
ALTER TABLE ONLY tracking.activities ALTER COLUMN caller_name SET STATISTICS 0;
ALTER TABLE ONLY tracking.activities ALTER COLUMN caller_number SET STATISTICS 0;
ALTER TABLE ONLY tracking.activities ALTER COLUMN caller_numbers SET STATISTICS 0;
ALTER TABLE ONLY tracking.activities ALTER COLUMN contact_key SET STATISTICS 0;
ALTER TABLE ONLY tracking.activities ALTER COLUMN caller_id SET STATISTICS 0;
ALTER TABLE ONLY tracking.activities ALTER COLUMN recording_url SET STATISTICS 0;
ALTER TABLE ONLY tracking.activities ALTER COLUMN transcription SET STATISTICS 0;
ALTER TABLE ONLY tracking.activities ALTER COLUMN transcription_details SET STATISTICS 0;
ALTER TABLE ONLY tracking.activities ALTER COLUMN message SET STATISTICS 0;
ALTER TABLE ONLY tracking.activities ALTER COLUMN custom_fields SET STATISTICS 0;
ALTER TABLE ONLY tracking.activities ALTER COLUMN notes SET STATISTICS 0;
ALTER TABLE ONLY tracking.activities ALTER COLUMN emails SET STATISTICS 0;
ALTER TABLE ONLY tracking.activities ALTER COLUMN visitor SET STATISTICS 0;
ALTER TABLE ONLY tracking.activities ALTER COLUMN tags SET STATISTICS 0;
ALTER TABLE ONLY tracking.activities ALTER COLUMN form SET STATISTICS 0;
ALTER TABLE ONLY tracking.activities ALTER COLUMN enhanced_caller_id SET STATISTICS 0;
ALTER TABLE ONLY tracking.activities ALTER COLUMN unlisted SET STATISTICS 0;

CREATE VIEW redaction.rows_of_run AS
 SELECT id,
    account_id,
    kind,
    called_at,
    status,
    call_status,
    dial_status,
    tracking_number,
    tracking_number_id,
    tracking_label,
    source,
    source_id,
    call_path,
    redacted_at,
    redaction_run_id,
    caller_name,
    caller_number,
    caller_numbers,
    contact_key,
    caller_id,
    recording_url,
    transcription,
    transcription_details,
    message,
    custom_fields,
    notes,
    emails,
    visitor,
    tags,
    form,
    enhanced_caller_id,
    unlisted,
        CASE
            WHEN (jsonb_typeof(call_path) IS NULL) THEN NULL::boolean
            WHEN (jsonb_typeof(call_path) <> 'array'::text) THEN true
            WHEN ((jsonb_path_query_array(call_path, '$[*]?(@.type() != "object")'::jsonpath) <> '[]'::jsonb) OR (NOT (jsonb_path_query_array(call_path, '$[*].keyvalue()."key"'::jsonpath) <@ '["route_name", "route_id", "route_type", "started_at"]'::jsonb))) THEN true
            ELSE NULL::boolean
        END AS path_violation
   FROM ( SELECT a_1.id,
            a_1.account_id,
            a_1.kind,
            a_1.called_at,
            a_1.status,
            a_1.call_status,
            a_1.dial_status,
            a_1.tracking_number,
            a_1.tracking_number_id,
            a_1.tracking_label,
            a_1.source,
            a_1.source_id,
            a_1.call_path,
            a_1.redacted_at,
            a_1.redaction_run_id,
            a_1.caller_name,
            a_1.caller_number,
            a_1.caller_numbers,
            a_1.contact_key,
            a_1.caller_id,
            a_1.recording_url,
            a_1.transcription,
            a_1.transcription_details,
            a_1.message,
            a_1.custom_fields,
            a_1.notes,
            a_1.emails,
            a_1.visitor,
            a_1.tags,
            a_1.form,
            a_1.enhanced_caller_id,
            a_1.unlisted
           FROM ((redaction.runs run
             JOIN redaction.run_activities r ON ((r.run_id = run.id)))
             JOIN tracking.activities a_1 ON (((a_1.account_id = run.account_id) AND (a_1.called_at = r.called_at) AND (a_1.id = r.activity_id))))
          WHERE ((run.id = (NULLIF(current_setting('redaction.run_id'::text, true), ''::text))::bigint) AND (a_1.called_at < run.cutoff) AND (current_setting('redaction.scan'::text, true) IS DISTINCT FROM 'on'::text))
        UNION ALL
         SELECT a_1.id,
            a_1.account_id,
            a_1.kind,
            a_1.called_at,
            a_1.status,
            a_1.call_status,
            a_1.dial_status,
            a_1.tracking_number,
            a_1.tracking_number_id,
            a_1.tracking_label,
            a_1.source,
            a_1.source_id,
            a_1.call_path,
            a_1.redacted_at,
            a_1.redaction_run_id,
            a_1.caller_name,
            a_1.caller_number,
            a_1.caller_numbers,
            a_1.contact_key,
            a_1.caller_id,
            a_1.recording_url,
            a_1.transcription,
            a_1.transcription_details,
            a_1.message,
            a_1.custom_fields,
            a_1.notes,
            a_1.emails,
            a_1.visitor,
            a_1.tags,
            a_1.form,
            a_1.enhanced_caller_id,
            a_1.unlisted
           FROM tracking.activities a_1
          WHERE ((current_setting('redaction.scan'::text, true) = 'on'::text) AND (a_1.account_id = (NULLIF(current_setting('redaction.account_id'::text, true), ''::text))::bigint) AND (a_1.called_at >= (NULLIF(current_setting('redaction.starts'::text, true), ''::text))::timestamp with time zone) AND (a_1.called_at < (NULLIF(current_setting('redaction.ends'::text, true), ''::text))::timestamp with time zone) AND (a_1.redaction_run_id = (NULLIF(current_setting('redaction.run_id'::text, true), ''::text))::bigint))) a;

CREATE VIEW redaction.digest_violations AS
 SELECT run.id AS run_id,
    run.stripped_count AS rows_stripped,
    found.rows_found
   FROM (redaction.runs run
     CROSS JOIN ( SELECT count(*) AS rows_found,
            COALESCE(sum(hash_record_extended(ROW(a.id, a.account_id, a.kind, a.called_at, a.status, a.call_status, a.dial_status, a.tracking_number, a.tracking_number_id, a.tracking_label, a.source, a.source_id, a.call_path), (0)::bigint)), (0)::numeric) AS digest
           FROM redaction.rows_of_run a
          WHERE (a.redaction_run_id = (NULLIF(current_setting('redaction.run_id'::text, true), ''::text))::bigint)) found)
  WHERE ((run.id = (NULLIF(current_setting('redaction.run_id'::text, true), ''::text))::bigint) AND ((found.rows_found <> run.stripped_count) OR (found.digest <> run.stripped_digest)));

CREATE TABLE redaction.run_findings (
    run_id bigint NOT NULL,
    activity_id bigint NOT NULL
);

CREATE VIEW redaction.findings_of_run AS
 SELECT activity_id
   FROM redaction.run_findings
  WHERE (run_id = (NULLIF(current_setting('redaction.run_id'::text, true), ''::text))::bigint);

CREATE VIEW redaction.partitions AS
 SELECT c.oid AS relation,
    (c.relname)::text AS partition_name,
    b.bound,
    (COALESCE((regexp_match(b.bound, 'FROM \(''([^'']+)''\)'::text))[1], '-infinity'::text))::timestamp with time zone AS starts,
    (COALESCE((regexp_match(b.bound, 'TO \(''([^'']+)''\)'::text))[1], 'infinity'::text))::timestamp with time zone AS ends,
    (b.bound = 'DEFAULT'::text) AS is_default,
    GREATEST((c.reltuples)::bigint, pg_stat_get_live_tuples(c.oid), (0)::bigint) AS rows,
    (pg_table_size((c.oid)::regclass) + pg_indexes_size((c.oid)::regclass)) AS bytes
   FROM ((pg_inherits i
     JOIN pg_class c ON ((c.oid = i.inhrelid)))
     CROSS JOIN LATERAL ( SELECT pg_get_expr(c.relpartbound, c.oid) AS bound) b)
  WHERE (i.inhparent = ('tracking.activities'::regclass)::oid);

CREATE TABLE redaction.recordings_due (
    id bigint NOT NULL,
    account_id bigint NOT NULL,
    activity_id bigint NOT NULL,
    url text NOT NULL
);

ALTER TABLE redaction.recordings_due ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME redaction.recordings_due_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE redaction.residue (
    partition_name text NOT NULL,
    since timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    rows bigint DEFAULT 0 NOT NULL
);

CREATE TABLE redaction.rewrite_changes (
    partition_name text NOT NULL,
    account_id bigint NOT NULL,
    called_at timestamp with time zone NOT NULL,
    id bigint NOT NULL
);

CREATE TABLE redaction.run_days (
    run_id bigint NOT NULL,
    day date NOT NULL
);

CREATE TABLE redaction.run_partitions (
    run_id bigint NOT NULL,
    partition_name text NOT NULL,
    mode text NOT NULL,
    rows bigint DEFAULT 0 NOT NULL,
    filenodes bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    lsn pg_lsn DEFAULT pg_current_wal_insert_lsn() NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT run_partitions_mode_check CHECK ((mode = ANY (ARRAY['update'::text, 'rewrite'::text])))
);

ALTER TABLE redaction.runs ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME redaction.runs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE reporting.activity_by_hour (
    account_id bigint NOT NULL,
    day date NOT NULL,
    hour smallint NOT NULL,
    activities bigint NOT NULL,
    redacted bigint NOT NULL
);

CREATE TABLE reporting.activity_by_number (
    account_id bigint NOT NULL,
    day date NOT NULL,
    tracking_number text,
    tracking_label text,
    activities bigint NOT NULL,
    redacted bigint NOT NULL
);

CREATE TABLE reporting.activity_by_source (
    account_id bigint NOT NULL,
    day date NOT NULL,
    source_id bigint,
    source text,
    activities bigint NOT NULL,
    redacted bigint NOT NULL
);

CREATE TABLE reporting.activity_by_status (
    account_id bigint NOT NULL,
    day date NOT NULL,
    kind text NOT NULL,
    status text,
    activities bigint NOT NULL,
    redacted bigint NOT NULL
);

CREATE TABLE reporting.call_flow (
    account_id bigint NOT NULL,
    day date NOT NULL,
    route_name text,
    route_type text,
    activities bigint NOT NULL,
    redacted bigint NOT NULL
);

CREATE TABLE reporting.contacts (
    account_id bigint NOT NULL,
    day date NOT NULL,
    unique_contacts bigint NOT NULL,
    new_contacts bigint NOT NULL,
    returning_contacts bigint NOT NULL,
    missing bigint NOT NULL
);

CREATE TABLE reporting.sessions (
    account_id bigint NOT NULL,
    day date NOT NULL,
    sessions bigint NOT NULL,
    activities bigint NOT NULL,
    missing bigint NOT NULL
);

CREATE TABLE reporting.stale_days (
    account_id bigint NOT NULL,
    day date NOT NULL
);

CREATE TABLE reporting.tags (
    account_id bigint NOT NULL,
    day date NOT NULL,
    tag text,
    activities bigint NOT NULL,
    missing bigint NOT NULL
);

CREATE TABLE tracking.account_users (
    account_id bigint NOT NULL,
    username text NOT NULL,
    role text DEFAULT 'administrator'::text NOT NULL
);

CREATE TABLE tracking.accounts (
    id bigint NOT NULL,
    agency_id bigint NOT NULL,
    name text DEFAULT ''::text NOT NULL,
    timezone text DEFAULT 'UTC'::text NOT NULL,
    manual_redaction boolean DEFAULT false NOT NULL,
    auto_redaction text,
    retention_mode text DEFAULT 'every'::text NOT NULL,
    auto_redaction_since date,
    caller_id_enabled boolean DEFAULT true NOT NULL,
    enhanced_caller_id_enabled boolean DEFAULT true NOT NULL,
    CONSTRAINT accounts_auto_redaction_check CHECK ((auto_redaction = ANY (ARRAY['daily'::text, '30'::text, '60'::text, '90'::text]))),
    CONSTRAINT accounts_automatic_has_anchor CHECK (((auto_redaction IS NULL) OR (auto_redaction_since IS NOT NULL))),
    CONSTRAINT accounts_retention_mode_check CHECK ((retention_mode = ANY (ARRAY['every'::text, 'rolling'::text])))
);

CREATE TABLE tracking.activities_elsewhen (
    id bigint CONSTRAINT activities_id_not_null NOT NULL,
    account_id bigint CONSTRAINT activities_account_id_not_null NOT NULL,
    kind text CONSTRAINT activities_kind_not_null NOT NULL,
    called_at timestamp with time zone CONSTRAINT activities_called_at_not_null NOT NULL,
    status text,
    call_status text,
    dial_status text,
    tracking_number text,
    tracking_number_id bigint,
    tracking_label text,
    source text,
    source_id bigint,
    call_path jsonb,
    redacted_at timestamp with time zone,
    redaction_run_id bigint,
    caller_name text,
    caller_number text,
    caller_numbers jsonb,
    contact_key text,
    caller_id text,
    recording_url text,
    transcription text,
    transcription_details jsonb,
    message jsonb,
    custom_fields jsonb,
    notes text,
    emails text[],
    visitor jsonb,
    tags text[],
    form jsonb,
    enhanced_caller_id jsonb,
    unlisted jsonb,
    CONSTRAINT activities_kind_check CHECK ((kind = ANY (ARRAY['call'::text, 'text'::text, 'chat'::text, 'form'::text]))),
    CONSTRAINT activities_redacted_is_stripped CHECK (((redacted_at IS NULL) OR ((caller_name IS NULL) AND (caller_number IS NULL) AND (caller_numbers IS NULL) AND (contact_key IS NULL) AND (caller_id IS NULL) AND (recording_url IS NULL) AND (transcription IS NULL) AND (transcription_details IS NULL) AND (message IS NULL) AND (custom_fields IS NULL) AND (notes IS NULL) AND (emails IS NULL) AND (visitor IS NULL) AND (tags IS NULL) AND (form IS NULL) AND (enhanced_caller_id IS NULL) AND (unlisted IS NULL))))
);
ALTER TABLE ONLY tracking.activities_elsewhen ALTER COLUMN caller_name SET STATISTICS 0;
ALTER TABLE ONLY tracking.activities_elsewhen ALTER COLUMN caller_number SET STATISTICS 0;
ALTER TABLE ONLY tracking.activities_elsewhen ALTER COLUMN caller_numbers SET STATISTICS 0;
ALTER TABLE ONLY tracking.activities_elsewhen ALTER COLUMN contact_key SET STATISTICS 0;
ALTER TABLE ONLY tracking.activities_elsewhen ALTER COLUMN caller_id SET STATISTICS 0;
ALTER TABLE ONLY tracking.activities_elsewhen ALTER COLUMN recording_url SET STATISTICS 0;
ALTER TABLE ONLY tracking.activities_elsewhen ALTER COLUMN transcription SET STATISTICS 0;
ALTER TABLE ONLY tracking.activities_elsewhen ALTER COLUMN transcription_details SET STATISTICS 0;
ALTER TABLE ONLY tracking.activities_elsewhen ALTER COLUMN message SET STATISTICS 0;
ALTER TABLE ONLY tracking.activities_elsewhen ALTER COLUMN custom_fields SET STATISTICS 0;
ALTER TABLE ONLY tracking.activities_elsewhen ALTER COLUMN notes SET STATISTICS 0;
ALTER TABLE ONLY tracking.activities_elsewhen ALTER COLUMN emails SET STATISTICS 0;
ALTER TABLE ONLY tracking.activities_elsewhen ALTER COLUMN visitor SET STATISTICS 0;
ALTER TABLE ONLY tracking.activities_elsewhen ALTER COLUMN tags SET STATISTICS 0;
ALTER TABLE ONLY tracking.activities_elsewhen ALTER COLUMN form SET STATISTICS 0;
ALTER TABLE ONLY tracking.activities_elsewhen ALTER COLUMN enhanced_caller_id SET STATISTICS 0;
ALTER TABLE ONLY tracking.activities_elsewhen ALTER COLUMN unlisted SET STATISTICS 0;

CREATE TABLE tracking.activity_identity (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    called_at timestamp with time zone NOT NULL
);

CREATE TABLE tracking.agencies (
    id bigint NOT NULL,
    name text DEFAULT ''::text NOT NULL,
    plan text DEFAULT 'agency'::text NOT NULL,
    allow_redaction boolean DEFAULT false NOT NULL,
    CONSTRAINT agencies_plan_check CHECK ((plan = ANY (ARRAY['agency'::text, 'standard'::text])))
);

CREATE TABLE tracking.call_settings (
    account_id bigint NOT NULL,
    name text NOT NULL,
    caller_id_enabled boolean DEFAULT true NOT NULL,
    enhanced_caller_id_enabled boolean DEFAULT true NOT NULL,
    tracking_numbers text[] DEFAULT '{}'::text[] NOT NULL
);

CREATE TABLE tracking.integrations (
    id bigint NOT NULL,
    account_id bigint NOT NULL,
    name text DEFAULT ''::text NOT NULL,
    fields text[] DEFAULT '{}'::text[] NOT NULL
);

ALTER TABLE tracking.integrations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME tracking.integrations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE tracking.notification_rules (
    id bigint NOT NULL,
    account_id bigint NOT NULL,
    name text DEFAULT ''::text NOT NULL,
    fields text[] DEFAULT '{}'::text[] NOT NULL
);

ALTER TABLE tracking.notification_rules ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME tracking.notification_rules_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE ONLY tracking.activities ATTACH PARTITION tracking.activities_elsewhen DEFAULT;

ALTER TABLE ONLY redaction.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);

ALTER TABLE ONLY redaction.recordings_due
    ADD CONSTRAINT recordings_due_pkey PRIMARY KEY (id);

ALTER TABLE ONLY redaction.residue
    ADD CONSTRAINT residue_pkey PRIMARY KEY (partition_name);

ALTER TABLE ONLY redaction.run_activities
    ADD CONSTRAINT run_activities_pkey PRIMARY KEY (run_id, activity_id);

ALTER TABLE ONLY redaction.run_days
    ADD CONSTRAINT run_days_pkey PRIMARY KEY (run_id, day);

ALTER TABLE ONLY redaction.run_findings
    ADD CONSTRAINT run_findings_pkey PRIMARY KEY (run_id, activity_id);

ALTER TABLE ONLY redaction.run_partitions
    ADD CONSTRAINT run_partitions_pkey PRIMARY KEY (run_id, partition_name, mode);

ALTER TABLE ONLY redaction.runs
    ADD CONSTRAINT runs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY redaction.runs
    ADD CONSTRAINT runs_run_key_key UNIQUE (run_key);

ALTER TABLE ONLY reporting.stale_days
    ADD CONSTRAINT stale_days_pkey PRIMARY KEY (account_id, day);

ALTER TABLE ONLY tracking.account_users
    ADD CONSTRAINT account_users_pkey PRIMARY KEY (account_id, username);

ALTER TABLE ONLY tracking.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY tracking.activities
    ADD CONSTRAINT activities_pkey PRIMARY KEY (account_id, called_at, id);

ALTER TABLE ONLY tracking.activities_elsewhen
    ADD CONSTRAINT activities_elsewhen_pkey PRIMARY KEY (account_id, called_at, id);

ALTER TABLE ONLY tracking.activity_identity
    ADD CONSTRAINT activity_identity_pkey PRIMARY KEY (account_id, id);

ALTER TABLE ONLY tracking.agencies
    ADD CONSTRAINT agencies_pkey PRIMARY KEY (id);

ALTER TABLE ONLY tracking.call_settings
    ADD CONSTRAINT call_settings_pkey PRIMARY KEY (account_id, name);

ALTER TABLE ONLY tracking.integrations
    ADD CONSTRAINT integrations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY tracking.notification_rules
    ADD CONSTRAINT notification_rules_pkey PRIMARY KEY (id);

CREATE INDEX recordings_due_activity ON redaction.recordings_due USING btree (account_id, activity_id);

CREATE INDEX runs_account ON redaction.runs USING btree (account_id, id);

CREATE INDEX activity_by_hour_day ON reporting.activity_by_hour USING btree (account_id, day);

CREATE INDEX activity_by_number_day ON reporting.activity_by_number USING btree (account_id, day);

CREATE INDEX activity_by_source_day ON reporting.activity_by_source USING btree (account_id, day);

CREATE INDEX activity_by_status_day ON reporting.activity_by_status USING btree (account_id, day);

CREATE INDEX call_flow_day ON reporting.call_flow USING btree (account_id, day);

CREATE INDEX contacts_day ON reporting.contacts USING btree (account_id, day);

CREATE INDEX sessions_day ON reporting.sessions USING btree (account_id, day);

CREATE INDEX tags_day ON reporting.tags USING btree (account_id, day);

CREATE INDEX accounts_agency ON tracking.accounts USING btree (agency_id);

CREATE INDEX activities_contact ON ONLY tracking.activities USING btree (account_id, contact_key, called_at) WHERE ((redacted_at IS NULL) AND (contact_key IS NOT NULL));

CREATE INDEX activities_unredacted ON ONLY tracking.activities USING btree (account_id, called_at, id) WHERE (redacted_at IS NULL);

CREATE INDEX activities_elsewhen_account_id_called_at_id_idx ON tracking.activities_elsewhen USING btree (account_id, called_at, id) WHERE (redacted_at IS NULL);

CREATE INDEX activities_elsewhen_account_id_contact_key_called_at_idx ON tracking.activities_elsewhen USING btree (account_id, contact_key, called_at) WHERE ((redacted_at IS NULL) AND (contact_key IS NOT NULL));

ALTER INDEX tracking.activities_unredacted ATTACH PARTITION tracking.activities_elsewhen_account_id_called_at_id_idx;

ALTER INDEX tracking.activities_contact ATTACH PARTITION tracking.activities_elsewhen_account_id_contact_key_called_at_idx;

ALTER INDEX tracking.activities_pkey ATTACH PARTITION tracking.activities_elsewhen_pkey;

CREATE TRIGGER follow_activity BEFORE UPDATE OF called_at ON tracking.activities FOR EACH ROW WHEN ((old.called_at IS DISTINCT FROM new.called_at)) EXECUTE FUNCTION tracking.follow_activity();

CREATE TRIGGER forget_activities AFTER DELETE ON tracking.activities REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION tracking.forget_activities();

CREATE TRIGGER forget_all_activities AFTER TRUNCATE ON tracking.activities FOR EACH STATEMENT EXECUTE FUNCTION tracking.forget_all_activities();

CREATE TRIGGER ignore_unchanged BEFORE UPDATE ON tracking.activities FOR EACH ROW WHEN ((old.* *= new.*)) EXECUTE FUNCTION tracking.ignore_unchanged();

CREATE TRIGGER keep_account BEFORE DELETE ON tracking.accounts FOR EACH ROW EXECUTE FUNCTION tracking.keep_account();

CREATE TRIGGER keep_replaced_recording BEFORE UPDATE OF recording_url ON tracking.activities FOR EACH ROW WHEN (((new.redacted_at IS NULL) AND (old.recording_url IS NOT NULL) AND (old.recording_url IS DISTINCT FROM new.recording_url))) EXECUTE FUNCTION tracking.keep_replaced_recording();

CREATE TRIGGER refuse_new_identity BEFORE UPDATE OF id, account_id ON tracking.activities FOR EACH ROW WHEN (((old.id <> new.id) OR (old.account_id <> new.account_id))) EXECUTE FUNCTION tracking.refuse_new_identity();

CREATE TRIGGER register_activities AFTER INSERT ON tracking.activities REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION tracking.register_activities();

ALTER TABLE ONLY redaction.run_days
    ADD CONSTRAINT run_days_run_id_fkey FOREIGN KEY (run_id) REFERENCES redaction.runs(id) ON DELETE CASCADE;

ALTER TABLE ONLY redaction.run_findings
    ADD CONSTRAINT run_findings_run_id_fkey FOREIGN KEY (run_id) REFERENCES redaction.runs(id) ON DELETE CASCADE;

ALTER TABLE ONLY redaction.runs
    ADD CONSTRAINT runs_account_id_fkey FOREIGN KEY (account_id) REFERENCES tracking.accounts(id);

ALTER TABLE ONLY tracking.account_users
    ADD CONSTRAINT account_users_account_id_fkey FOREIGN KEY (account_id) REFERENCES tracking.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY tracking.accounts
    ADD CONSTRAINT accounts_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES tracking.agencies(id);

ALTER TABLE ONLY tracking.call_settings
    ADD CONSTRAINT call_settings_account_id_fkey FOREIGN KEY (account_id) REFERENCES tracking.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY tracking.integrations
    ADD CONSTRAINT integrations_account_id_fkey FOREIGN KEY (account_id) REFERENCES tracking.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY tracking.notification_rules
    ADD CONSTRAINT notification_rules_account_id_fkey FOREIGN KEY (account_id) REFERENCES tracking.accounts(id) ON DELETE CASCADE;

GRANT USAGE ON SCHEMA redaction TO redaction_worker;

GRANT USAGE ON SCHEMA reporting TO redaction_loader;
GRANT USAGE ON SCHEMA reporting TO redaction_worker;
GRANT USAGE ON SCHEMA reporting TO redaction_analyst;

GRANT USAGE ON SCHEMA tracking TO redaction_loader;
GRANT USAGE ON SCHEMA tracking TO redaction_worker;

REVOKE ALL ON FUNCTION redaction.analyze_sets() FROM PUBLIC;
GRANT ALL ON FUNCTION redaction.analyze_sets() TO redaction_worker;

REVOKE ALL ON FUNCTION redaction.begin_rewrite(partition_name text) FROM PUBLIC;
GRANT ALL ON FUNCTION redaction.begin_rewrite(partition_name text) TO redaction_worker;

REVOKE ALL ON FUNCTION redaction.copy_partition(part_name text, for_run bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION redaction.copy_partition(part_name text, for_run bigint) TO redaction_worker;

REVOKE ALL ON FUNCTION redaction.end_rewrite(partition_name text) FROM PUBLIC;
GRANT ALL ON FUNCTION redaction.end_rewrite(partition_name text) TO redaction_worker;

REVOKE ALL ON FUNCTION redaction.older_snapshots(since timestamp with time zone, OUT pid integer, OUT seconds double precision) FROM PUBLIC;
GRANT ALL ON FUNCTION redaction.older_snapshots(since timestamp with time zone, OUT pid integer, OUT seconds double precision) TO redaction_worker;

REVOKE ALL ON FUNCTION redaction.sampled_columns(part_name text) FROM PUBLIC;
GRANT ALL ON FUNCTION redaction.sampled_columns(part_name text) TO redaction_worker;

REVOKE ALL ON FUNCTION redaction.swap_partition(part_name text, for_run bigint, lock_ms integer, patience_ms integer, OUT stripped bigint, OUT remaining bigint, OUT brought_over bigint, OUT locked_seconds double precision) FROM PUBLIC;
GRANT ALL ON FUNCTION redaction.swap_partition(part_name text, for_run bigint, lock_ms integer, patience_ms integer, OUT stripped bigint, OUT remaining bigint, OUT brought_over bigint, OUT locked_seconds double precision) TO redaction_worker;

REVOKE ALL ON FUNCTION tracking.ensure_partition(at timestamp with time zone, width text) FROM PUBLIC;
GRANT ALL ON FUNCTION tracking.ensure_partition(at timestamp with time zone, width text) TO redaction_loader;
GRANT ALL ON FUNCTION tracking.ensure_partition(at timestamp with time zone, width text) TO redaction_worker;

REVOKE ALL ON FUNCTION tracking.sample_no_personal(target regclass) FROM PUBLIC;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE redaction.run_activities TO redaction_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE redaction.runs TO redaction_worker;

GRANT SELECT,UPDATE ON TABLE tracking.activities TO redaction_worker;

GRANT SELECT(id),INSERT(id) ON TABLE tracking.activities TO redaction_loader;

GRANT SELECT(account_id),INSERT(account_id) ON TABLE tracking.activities TO redaction_loader;

GRANT SELECT(kind),INSERT(kind),UPDATE(kind) ON TABLE tracking.activities TO redaction_loader;

GRANT SELECT(called_at),INSERT(called_at),UPDATE(called_at) ON TABLE tracking.activities TO redaction_loader;

GRANT SELECT(status),INSERT(status),UPDATE(status) ON TABLE tracking.activities TO redaction_loader;

GRANT SELECT(call_status),INSERT(call_status),UPDATE(call_status) ON TABLE tracking.activities TO redaction_loader;

GRANT SELECT(dial_status),INSERT(dial_status),UPDATE(dial_status) ON TABLE tracking.activities TO redaction_loader;

GRANT SELECT(tracking_number),INSERT(tracking_number),UPDATE(tracking_number) ON TABLE tracking.activities TO redaction_loader;

GRANT SELECT(tracking_number_id),INSERT(tracking_number_id),UPDATE(tracking_number_id) ON TABLE tracking.activities TO redaction_loader;

GRANT SELECT(tracking_label),INSERT(tracking_label),UPDATE(tracking_label) ON TABLE tracking.activities TO redaction_loader;

GRANT SELECT(source),INSERT(source),UPDATE(source) ON TABLE tracking.activities TO redaction_loader;

GRANT SELECT(source_id),INSERT(source_id),UPDATE(source_id) ON TABLE tracking.activities TO redaction_loader;

GRANT SELECT(call_path),INSERT(call_path),UPDATE(call_path) ON TABLE tracking.activities TO redaction_loader;

GRANT SELECT(redacted_at) ON TABLE tracking.activities TO redaction_loader;

GRANT SELECT(redaction_run_id) ON TABLE tracking.activities TO redaction_loader;

GRANT INSERT(caller_name),UPDATE(caller_name) ON TABLE tracking.activities TO redaction_loader;

GRANT INSERT(caller_number),UPDATE(caller_number) ON TABLE tracking.activities TO redaction_loader;

GRANT INSERT(caller_numbers),UPDATE(caller_numbers) ON TABLE tracking.activities TO redaction_loader;

GRANT INSERT(contact_key),UPDATE(contact_key) ON TABLE tracking.activities TO redaction_loader;

GRANT INSERT(caller_id),UPDATE(caller_id) ON TABLE tracking.activities TO redaction_loader;

GRANT INSERT(recording_url),UPDATE(recording_url) ON TABLE tracking.activities TO redaction_loader;

GRANT INSERT(transcription),UPDATE(transcription) ON TABLE tracking.activities TO redaction_loader;

GRANT INSERT(transcription_details),UPDATE(transcription_details) ON TABLE tracking.activities TO redaction_loader;

GRANT INSERT(message),UPDATE(message) ON TABLE tracking.activities TO redaction_loader;

GRANT INSERT(custom_fields),UPDATE(custom_fields) ON TABLE tracking.activities TO redaction_loader;

GRANT INSERT(notes),UPDATE(notes) ON TABLE tracking.activities TO redaction_loader;

GRANT INSERT(emails),UPDATE(emails) ON TABLE tracking.activities TO redaction_loader;

GRANT INSERT(visitor),UPDATE(visitor) ON TABLE tracking.activities TO redaction_loader;

GRANT INSERT(tags),UPDATE(tags) ON TABLE tracking.activities TO redaction_loader;

GRANT INSERT(form),UPDATE(form) ON TABLE tracking.activities TO redaction_loader;

GRANT INSERT(enhanced_caller_id),UPDATE(enhanced_caller_id) ON TABLE tracking.activities TO redaction_loader;

GRANT INSERT(unlisted),UPDATE(unlisted) ON TABLE tracking.activities TO redaction_loader;

GRANT SELECT ON TABLE redaction.rows_of_run TO redaction_worker;

GRANT SELECT ON TABLE redaction.digest_violations TO redaction_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE redaction.run_findings TO redaction_worker;

GRANT SELECT ON TABLE redaction.findings_of_run TO redaction_worker;

GRANT SELECT ON TABLE redaction.partitions TO redaction_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE redaction.recordings_due TO redaction_worker;

GRANT USAGE ON SEQUENCE redaction.recordings_due_id_seq TO redaction_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE redaction.residue TO redaction_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE redaction.run_days TO redaction_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE redaction.run_partitions TO redaction_worker;

GRANT USAGE ON SEQUENCE redaction.runs_id_seq TO redaction_worker;

GRANT SELECT,INSERT,DELETE ON TABLE reporting.activity_by_hour TO redaction_worker;
GRANT SELECT ON TABLE reporting.activity_by_hour TO redaction_analyst;

GRANT SELECT,INSERT,DELETE ON TABLE reporting.activity_by_number TO redaction_worker;
GRANT SELECT ON TABLE reporting.activity_by_number TO redaction_analyst;

GRANT SELECT,INSERT,DELETE ON TABLE reporting.activity_by_source TO redaction_worker;
GRANT SELECT ON TABLE reporting.activity_by_source TO redaction_analyst;

GRANT SELECT,INSERT,DELETE ON TABLE reporting.activity_by_status TO redaction_worker;
GRANT SELECT ON TABLE reporting.activity_by_status TO redaction_analyst;

GRANT SELECT,INSERT,DELETE ON TABLE reporting.call_flow TO redaction_worker;
GRANT SELECT ON TABLE reporting.call_flow TO redaction_analyst;

GRANT SELECT,INSERT,DELETE ON TABLE reporting.contacts TO redaction_worker;
GRANT SELECT ON TABLE reporting.contacts TO redaction_analyst;

GRANT SELECT,INSERT,DELETE ON TABLE reporting.sessions TO redaction_worker;
GRANT SELECT ON TABLE reporting.sessions TO redaction_analyst;

GRANT SELECT,INSERT,UPDATE ON TABLE reporting.stale_days TO redaction_loader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE reporting.stale_days TO redaction_worker;

GRANT SELECT,INSERT,DELETE ON TABLE reporting.tags TO redaction_worker;
GRANT SELECT ON TABLE reporting.tags TO redaction_analyst;

GRANT SELECT ON TABLE tracking.accounts TO redaction_loader;
GRANT SELECT ON TABLE tracking.accounts TO redaction_worker;

GRANT SELECT ON TABLE tracking.activity_identity TO redaction_loader;
GRANT SELECT ON TABLE tracking.activity_identity TO redaction_worker;

GRANT SELECT ON TABLE tracking.agencies TO redaction_loader;
GRANT SELECT ON TABLE tracking.agencies TO redaction_worker;

GRANT SELECT ON TABLE tracking.call_settings TO redaction_loader;
GRANT SELECT ON TABLE tracking.call_settings TO redaction_worker;

INSERT INTO redaction.alembic_version VALUES ('0002');
