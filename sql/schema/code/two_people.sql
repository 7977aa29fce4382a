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
