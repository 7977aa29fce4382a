-- name: two_people()
-- The rule of two people, for accounts or agencies that want it: a run that a person asks for waits for another
-- administrator as soon as it is recorded. Any other act is a proposal until another administrator has agreed.
CREATE OR REPLACE FUNCTION redaction.ask_second() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    {% with tables = ["redaction.runs"], operations = ["INSERT"], timing = "AFTER", level = "ROW" %}{% include "database/_fired_on.sql" %}{% endwith %}

    INSERT INTO redaction.approvals (run_id, explained, ground)
    SELECT NEW.id, 0, 'two people'
    FROM tracking.accounts a JOIN tracking.agencies g ON g.id = a.agency_id
    WHERE a.id = NEW.account_id AND (a.needs_approval OR g.needs_approval);
    RETURN NULL;
END
$body$;
CREATE OR REPLACE TRIGGER ask_second AFTER INSERT ON redaction.runs
    FOR EACH ROW WHEN (
        NEW.state = 'selected'
        AND (NEW.kind = 'manual' OR (NEW.kind IN ('automatic', 'source') AND NEW.requested_by IS NOT NULL))
    ) EXECUTE FUNCTION redaction.ask_second();

-- An administrator who is appointed by anybody but the owner is one from this moment on, whatever is written.
CREATE OR REPLACE FUNCTION tracking.note_administrator() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    {% with tables = ["tracking.account_users"], operations = ["INSERT"], timing = "BEFORE", level = "ROW" %}{% include "database/_fired_on.sql" %}{% endwith %}

    IF NOT pg_has_role(current_user, (SELECT c.relowner FROM pg_class c WHERE c.oid = TG_RELID), 'USAGE') THEN
        NEW.since := clock_timestamp();
    END IF;
    RETURN NEW;
END
$body$;
CREATE OR REPLACE TRIGGER note_administrator BEFORE INSERT ON tracking.account_users
    FOR EACH ROW EXECUTE FUNCTION tracking.note_administrator();

-- Why a person cannot be the second one for a request of `requester` about an account, or about any of an agency: they
-- are the requester (RD010), no administrator (RD011), appointed by the requester (RD017), or one for less than the
-- hours that `redaction init` has stored, 24 by default (RD018). NULL if they can. An act without a requester takes any
-- administrator.
CREATE OR REPLACE FUNCTION redaction.refuse_second(account bigint, agency bigint, who text, requester text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
    SELECT CASE WHEN lower(btrim(who)) = lower(btrim(requester)) THEN 'RD010'
                WHEN bool_or(f.why IS NULL) THEN NULL ELSE coalesce(max(f.why), 'RD011') END
    FROM tracking.accounts a
    LEFT JOIN tracking.account_users u ON u.account_id = a.id AND u.username = who AND u.role = 'administrator'
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN u.username IS NULL THEN 'RD011'
            WHEN requester IS NULL THEN NULL
            WHEN EXISTS (SELECT FROM unnest(u.made_by) m (name) WHERE lower(btrim(m.name)) = lower(btrim(requester)))
                THEN 'RD017'
            WHEN u.since > clock_timestamp() - make_interval(hours => coalesce((
                CAST(substring(obj_description('redaction.approvals'::regclass, 'pg_class')
                    FROM '^limits: ([{].*[}])$') AS jsonb) ->> 'second_wait_h'
            )::integer, 24)) THEN 'RD018'
        END AS why
    ) f
    WHERE a.id = account OR a.agency_id = agency
$body$;

-- The person who agrees is an administrator, of the account or of an account of the agency, and not the requester; an
-- answer is given once.
CREATE OR REPLACE FUNCTION redaction.check_second() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    refused text;
BEGIN
    {% with tables = ["redaction.proposals"], operations = ["INSERT", "UPDATE"], timing = "BEFORE", level = "ROW" %}{% include "database/_fired_on.sql" %}{% endwith %}

    IF TG_OP = 'UPDATE' AND (
        OLD.decided_by IS NOT NULL
        OR (OLD.id, OLD.kind, OLD.requested_by, OLD.requested_at, OLD.reason, OLD.asked, OLD.account_id, OLD.agency_id,
            OLD.hold_id)
            IS DISTINCT FROM
           (NEW.id, NEW.kind, NEW.requested_by, NEW.requested_at, NEW.reason, NEW.asked, NEW.account_id, NEW.agency_id,
            NEW.hold_id)
    ) THEN
        RAISE SQLSTATE 'RD013' USING MESSAGE = 'an answer is given once, to what was proposed';
    END IF;
    IF NEW.decided_by IS NULL THEN
        RETURN NEW;
    END IF;
    refused := redaction.refuse_second(NEW.account_id, NEW.agency_id, NEW.decided_by, NEW.requested_by);
    IF refused IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = refused, MESSAGE = 'they cannot be the second person for this proposal';
    END IF;
    RETURN NEW;
END
$body$;
CREATE OR REPLACE TRIGGER check_second BEFORE INSERT OR UPDATE ON redaction.proposals
    FOR EACH ROW EXECUTE FUNCTION redaction.check_second();
REVOKE ALL ON FUNCTION redaction.ask_second(), redaction.check_second(), tracking.note_administrator(),
    redaction.refuse_second(bigint, bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.refuse_second(bigint, bigint, text, text) TO redaction_worker, redaction_manager;

-- Says whether two people have agreed, in this transaction, to a change of settings that asks at least for `wanted`. The
-- owner of the tables, who restores and moves accounts, needs nobody.
CREATE OR REPLACE FUNCTION redaction.have_two_agreed(account bigint, agency bigint, wanted jsonb) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
    SELECT pg_has_role(current_user, (SELECT c.relowner FROM pg_class c WHERE c.oid = 'redaction.proposals'::regclass), 'USAGE')
        OR EXISTS (
            SELECT FROM redaction.proposals p
            WHERE p.kind = 'setting' AND p.approved AND p.xmin = pg_current_xact_id_if_assigned()::xid
              AND p.account_id IS NOT DISTINCT FROM account AND p.agency_id IS NOT DISTINCT FROM agency AND p.asked @> wanted
        )
$body$;

-- Under the rule, another schedule, following the source, another agency and the end of the rule take two people. A
-- setting that ends redacts nothing, and the first day of a schedule that begins comes with it.
CREATE OR REPLACE FUNCTION tracking.take_two_for_settings() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    wanted jsonb;
BEGIN
    {% with tables = ["tracking.accounts"], operations = ["UPDATE"], timing = "BEFORE", level = "ROW" %}{% include "database/_fired_on.sql" %}{% endwith %}

    SELECT jsonb_object_agg(c.name, c.value) INTO wanted
    FROM (VALUES
        ('auto_redaction', NEW.auto_redaction, NEW.auto_redaction <> coalesce(OLD.auto_redaction, '')),
        ('retention_mode', NEW.retention_mode, NEW.auto_redaction <> '' AND NEW.retention_mode <> OLD.retention_mode),
        ('timezone', NEW.timezone, NEW.auto_redaction <> '' AND NEW.timezone <> OLD.timezone),
        ('auto_redaction_since', to_char(NEW.auto_redaction_since, 'YYYY-MM-DD'), NEW.auto_redaction <> ''
            AND OLD.auto_redaction <> '' AND NEW.auto_redaction_since <> OLD.auto_redaction_since),
        ('recordings_period', NEW.recordings_period, NEW.auto_redaction <> ''
            AND NEW.recordings_period <> coalesce(OLD.recordings_period, '')),
        ('follow_source', 'True', NEW.follow_source AND NOT OLD.follow_source),
        ('needs_approval', 'False', OLD.needs_approval AND NOT NEW.needs_approval),
        ('agency_id', NEW.agency_id::text, NEW.agency_id <> OLD.agency_id)
    ) AS c (name, value, is_asked)
    WHERE c.is_asked;
    IF wanted IS NOT NULL
        AND (OLD.needs_approval OR EXISTS (SELECT FROM tracking.agencies g WHERE g.id = OLD.agency_id AND g.needs_approval))
        AND NOT redaction.have_two_agreed(OLD.id, NULL, wanted)
    THEN
        RAISE SQLSTATE 'RD020' USING MESSAGE = format('account %s needs two people for that', OLD.id);
    END IF;
    RETURN NEW;
END
$body$;
CREATE OR REPLACE TRIGGER take_two_for_settings BEFORE UPDATE ON tracking.accounts
    FOR EACH ROW EXECUTE FUNCTION tracking.take_two_for_settings();

-- An agency without an account here follows the placements where it has some.
CREATE OR REPLACE FUNCTION tracking.take_two_for_agency() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    wanted jsonb := '{}';
BEGIN
    {% with tables = ["tracking.agencies"], operations = ["UPDATE"], timing = "BEFORE", level = "ROW" %}{% include "database/_fired_on.sql" %}{% endwith %}

    IF NOT NEW.needs_approval THEN
        wanted := wanted || '{"needs_approval": "False"}';
    END IF;
    IF NEW.allow_redaction AND NOT OLD.allow_redaction THEN
        wanted := wanted || '{"allow_redaction": "True"}';
    END IF;
    IF wanted <> '{}' AND EXISTS (SELECT FROM tracking.accounts a WHERE a.agency_id = OLD.id)
        AND NOT redaction.have_two_agreed(NULL, OLD.id, wanted)
    THEN
        RAISE SQLSTATE 'RD020' USING MESSAGE = format('agency %s needs two people for that', OLD.id);
    END IF;
    RETURN NEW;
END
$body$;
CREATE OR REPLACE TRIGGER take_two_for_agency BEFORE UPDATE ON tracking.agencies
    FOR EACH ROW WHEN (OLD.needs_approval) EXECUTE FUNCTION tracking.take_two_for_agency();

-- A person gets more rights at an account by two people, or by the operator. An insertion of somebody who is there is an
-- update, which is asked about itself.
CREATE OR REPLACE FUNCTION tracking.take_two_for_administrator() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    wanted jsonb := '{}';
BEGIN
    {% with tables = ["tracking.account_users"], operations = ["INSERT", "UPDATE"], timing = "BEFORE", level = "ROW" %}{% include "database/_fired_on.sql" %}{% endwith %}

    IF NEW.role <> 'administrator' OR (TG_OP = 'INSERT' AND EXISTS (
        SELECT FROM tracking.account_users u WHERE u.account_id = NEW.account_id AND u.username = NEW.username
    )) THEN
        RETURN NEW;
    END IF;
    IF NEW.may_hold AND (TG_OP = 'INSERT' OR OLD.role <> 'administrator' OR NOT OLD.may_hold) THEN
        wanted := wanted || '{"may_hold": true}';
    END IF;
    IF NEW.may_release AND (TG_OP = 'INSERT' OR OLD.role <> 'administrator' OR NOT OLD.may_release) THEN
        wanted := wanted || '{"may_release": true}';
    END IF;
    IF (TG_OP = 'INSERT' OR OLD.role <> 'administrator' OR wanted <> '{}') AND EXISTS (
        SELECT FROM tracking.accounts a JOIN tracking.agencies g ON g.id = a.agency_id
        WHERE a.id = NEW.account_id AND (a.needs_approval OR g.needs_approval)
    ) AND NOT redaction.have_two_agreed(NEW.account_id, NULL, wanted || jsonb_build_object('administrator', NEW.username)) THEN
        RAISE SQLSTATE 'RD020' USING MESSAGE = format('account %s needs two people for that', NEW.account_id);
    END IF;
    RETURN NEW;
END
$body$;
CREATE OR REPLACE TRIGGER take_two_for_administrator BEFORE INSERT OR UPDATE ON tracking.account_users
    FOR EACH ROW EXECUTE FUNCTION tracking.take_two_for_administrator();
REVOKE ALL ON FUNCTION redaction.have_two_agreed(bigint, bigint, jsonb), tracking.take_two_for_settings(),
    tracking.take_two_for_agency(), tracking.take_two_for_administrator() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.have_two_agreed(bigint, bigint, jsonb) TO redaction_manager;
