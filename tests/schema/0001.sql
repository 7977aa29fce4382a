-- The schema as version 0001 left it: what an upgrade has to begin with.
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

CREATE FUNCTION tracking.ensure_partition(at timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    week_start timestamptz := date_trunc('week', at, 'UTC');
    week_end timestamptz := date_trunc('week', at, 'UTC') + interval '7 days';
    partition_name text := 'activities_' || to_char(week_start AT TIME ZONE 'UTC', 'YYYYMMDD');
BEGIN
    IF at < timestamptz '2000-01-01 00:00:00+00' OR at > now() + interval '2 years' THEN
        RETURN false;
    END IF;
    IF to_regclass('tracking.' || partition_name) IS NOT NULL THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('tracking.ensure_partition'));
    IF to_regclass('tracking.' || partition_name) IS NOT NULL THEN
        RETURN false;
    END IF;
    IF EXISTS (
        SELECT FROM tracking.activities_elsewhen WHERE called_at >= week_start AND called_at < week_end
    ) THEN
        RETURN false;
    END IF;
    BEGIN
        EXECUTE format(
            'CREATE TABLE tracking.%I PARTITION OF tracking.activities FOR VALUES FROM (%L) TO (%L)',
            partition_name, week_start, week_end
        );
    EXCEPTION WHEN duplicate_table THEN
        -- Made by another loader while this one waited for the lock, and not yet in the cache that was asked above.
        RETURN false;
    END;
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

CREATE TABLE redaction.alembic_version (
    version_num character varying(32) NOT NULL
);

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

CREATE TABLE redaction.run_activities (
    run_id bigint NOT NULL,
    activity_id bigint NOT NULL,
    account_id bigint NOT NULL,
    called_at timestamp with time zone NOT NULL
);

CREATE TABLE redaction.run_days (
    run_id bigint NOT NULL,
    day date NOT NULL
);

CREATE TABLE redaction.run_findings (
    run_id bigint NOT NULL,
    activity_id bigint NOT NULL
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

ALTER TABLE ONLY redaction.run_activities
    ADD CONSTRAINT run_activities_pkey PRIMARY KEY (run_id, activity_id);

ALTER TABLE ONLY redaction.run_days
    ADD CONSTRAINT run_days_pkey PRIMARY KEY (run_id, day);

ALTER TABLE ONLY redaction.run_findings
    ADD CONSTRAINT run_findings_pkey PRIMARY KEY (run_id, activity_id);

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

CREATE TRIGGER keep_account BEFORE DELETE ON tracking.accounts FOR EACH ROW EXECUTE FUNCTION tracking.keep_account();

CREATE TRIGGER keep_replaced_recording BEFORE UPDATE OF recording_url ON tracking.activities FOR EACH ROW WHEN (((new.redacted_at IS NULL) AND (old.recording_url IS NOT NULL) AND (old.recording_url IS DISTINCT FROM new.recording_url))) EXECUTE FUNCTION tracking.keep_replaced_recording();

CREATE TRIGGER refuse_new_identity BEFORE UPDATE OF id, account_id ON tracking.activities FOR EACH ROW WHEN (((old.id <> new.id) OR (old.account_id <> new.account_id))) EXECUTE FUNCTION tracking.refuse_new_identity();

CREATE TRIGGER register_activities AFTER INSERT ON tracking.activities REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION tracking.register_activities();

ALTER TABLE ONLY redaction.run_activities
    ADD CONSTRAINT run_activities_run_id_fkey FOREIGN KEY (run_id) REFERENCES redaction.runs(id) ON DELETE CASCADE;

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

REVOKE ALL ON FUNCTION tracking.ensure_partition(at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION tracking.ensure_partition(at timestamp with time zone) TO redaction_loader;
GRANT ALL ON FUNCTION tracking.ensure_partition(at timestamp with time zone) TO redaction_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE redaction.recordings_due TO redaction_worker;

GRANT USAGE ON SEQUENCE redaction.recordings_due_id_seq TO redaction_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE redaction.run_activities TO redaction_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE redaction.run_days TO redaction_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE redaction.run_findings TO redaction_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE redaction.runs TO redaction_worker;

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

GRANT SELECT ON TABLE tracking.activity_identity TO redaction_loader;
GRANT SELECT ON TABLE tracking.activity_identity TO redaction_worker;

GRANT SELECT ON TABLE tracking.agencies TO redaction_loader;
GRANT SELECT ON TABLE tracking.agencies TO redaction_worker;

GRANT SELECT ON TABLE tracking.call_settings TO redaction_loader;
GRANT SELECT ON TABLE tracking.call_settings TO redaction_worker;

INSERT INTO redaction.alembic_version VALUES ('0001');
