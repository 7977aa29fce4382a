-- name: two_people()
-- Two pairs of eyes, where an account or its agency wants that: a run by hand waits for another administrator from the
-- moment that it is recorded, whoever records it. What is no run is a proposal until another one has agreed.
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
    FOR EACH ROW WHEN (NEW.kind = 'manual' AND NEW.state = 'selected') EXECUTE FUNCTION redaction.ask_second();

-- Who agrees is an administrator, of the account or of one of the agency, who has not asked; an answer is given once.
CREATE OR REPLACE FUNCTION redaction.check_second() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    {% with tables = ["redaction.proposals"], operations = ["INSERT", "UPDATE"], timing = "BEFORE", level = "ROW" %}{% include "database/_fired_on.sql" %}{% endwith %}

    IF TG_OP = 'UPDATE' AND (
        OLD.decided_by IS NOT NULL
        OR (OLD.id, OLD.kind, OLD.requested_by, OLD.requested_at, OLD.reason, OLD.account_id, OLD.agency_id, OLD.hold_id)
            IS DISTINCT FROM
           (NEW.id, NEW.kind, NEW.requested_by, NEW.requested_at, NEW.reason, NEW.account_id, NEW.agency_id, NEW.hold_id)
    ) THEN
        RAISE SQLSTATE 'RD013' USING MESSAGE = 'an answer is given once, to what was proposed';
    END IF;
    IF NEW.decided_by IS NULL THEN
        RETURN NEW;
    END IF;
    IF lower(btrim(NEW.decided_by)) = lower(btrim(NEW.requested_by)) THEN
        RAISE SQLSTATE 'RD010' USING MESSAGE = 'who has proposed it does not agree to it';
    END IF;
    IF NOT EXISTS (
        SELECT FROM tracking.account_users u JOIN tracking.accounts a ON a.id = u.account_id
        WHERE u.username = NEW.decided_by AND u.role = 'administrator'
          AND (u.account_id = NEW.account_id OR a.agency_id = NEW.agency_id)
    ) THEN
        RAISE SQLSTATE 'RD011' USING MESSAGE = 'only an administrator agrees';
    END IF;
    RETURN NEW;
END
$body$;
CREATE OR REPLACE TRIGGER check_second BEFORE INSERT OR UPDATE ON redaction.proposals
    FOR EACH ROW EXECUTE FUNCTION redaction.check_second();
REVOKE ALL ON FUNCTION redaction.ask_second(), redaction.check_second() FROM PUBLIC;
