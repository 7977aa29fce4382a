-- name: closing()
-- A closed account: a run that a second administrator has approved closes it. From then on nothing is loaded, no
-- setting changes and no other run starts.

-- The requester of a closing is an administrator of the account, and their run waits as soon as it is recorded. Later
-- runs of an approved closing need no approval.
CREATE OR REPLACE FUNCTION redaction.ask_about_closing() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    {% with tables = ["redaction.runs"], operations = ["INSERT"], timing = "AFTER", level = "ROW" %}{% include "database/_fired_on.sql" %}{% endwith %}

    IF EXISTS (SELECT FROM tracking.accounts a WHERE a.id = NEW.account_id AND a.closing_since IS NOT NULL) THEN
        RETURN NULL;
    END IF;
    IF NOT EXISTS (
        SELECT FROM tracking.account_users u
        WHERE u.account_id = NEW.account_id AND u.username = NEW.requested_by AND u.role = 'administrator'
    ) THEN
        RAISE SQLSTATE 'RD019' USING MESSAGE = 'only an administrator of the account asks for its closing';
    END IF;
    INSERT INTO redaction.approvals (run_id, explained, ground) VALUES (NEW.id, 0, 'two people');
    RETURN NULL;
END
$body$;
CREATE OR REPLACE TRIGGER ask_about_closing AFTER INSERT ON redaction.runs
    FOR EACH ROW WHEN (NEW.kind = 'closing' AND NEW.state <> 'refused') EXECUTE FUNCTION redaction.ask_about_closing();
REVOKE ALL ON FUNCTION redaction.ask_about_closing() FROM PUBLIC;

-- The approval of the closing run closes the account, after the loads at work.
CREATE OR REPLACE FUNCTION redaction.begin_closing() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    asked redaction.runs;
BEGIN
    {% with tables = ["redaction.approvals"], operations = ["UPDATE"], timing = "AFTER", level = "ROW" %}{% include "database/_fired_on.sql" %}{% endwith %}

    SELECT * INTO STRICT asked FROM redaction.runs r WHERE r.id = NEW.run_id;
    IF asked.kind = 'closing' THEN
        PERFORM pg_advisory_xact_lock(hashtext('tracking.activities'), hashtext(asked.account_id::text));
        UPDATE tracking.accounts
        SET closing_since = clock_timestamp(), closing_reason = asked.reason, closing_requested_by = asked.requested_by,
            closing_approved_by = NEW.decided_by
        WHERE id = asked.account_id AND closing_since IS NULL;
    END IF;
    RETURN NULL;
END
$body$;
CREATE OR REPLACE TRIGGER begin_closing AFTER UPDATE OF approved ON redaction.approvals
    FOR EACH ROW WHEN (NEW.approved) EXECUTE FUNCTION redaction.begin_closing();
REVOKE ALL ON FUNCTION redaction.begin_closing() FROM PUBLIC;

-- Returns what blocks the end of a closing: unredacted activities, which a hold keeps, and due objects that were not
-- tried, remain, or are held.
CREATE OR REPLACE FUNCTION redaction.keeps_from_closing(account bigint, OUT activities bigint, OUT objects bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
    SELECT (SELECT count(*) FROM tracking.activities a WHERE a.account_id = account AND a.redacted_at IS NULL),
           (SELECT count(*) FROM tracking.objects o
            WHERE o.account_id = account AND (o.due_since IS NULL OR coalesce(o.outcome, 'remains') = 'remains' OR (
                o.outcome = 'kept' AND {% with object = "o" %}{% include "objects/_object_held.sql" %}{% endwith %}

            )))
$body$;
REVOKE ALL ON FUNCTION redaction.keeps_from_closing(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.keeps_from_closing(bigint) TO redaction_worker;

-- Ends the closing of an account if nothing of it is left. Returns whether it did: false if it is closed already, is
-- not being closed, or something is left.
CREATE OR REPLACE FUNCTION redaction.end_closing(account bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    left_over record;
BEGIN
    PERFORM FROM tracking.accounts a
    WHERE a.id = account AND a.closing_since IS NOT NULL AND a.closed_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    SELECT * INTO left_over FROM redaction.keeps_from_closing(account);
    IF left_over.activities > 0 OR left_over.objects > 0 THEN
        RETURN false;
    END IF;
    UPDATE tracking.accounts SET closed_at = clock_timestamp() WHERE id = account;
    RETURN true;
END
$body$;
REVOKE ALL ON FUNCTION redaction.end_closing(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.end_closing(bigint) TO redaction_worker;

-- Nobody can change the settings of a closed account, nor its placement.
CREATE OR REPLACE FUNCTION tracking.keep_closing() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    {% with tables = ["tracking.accounts"], operations = ["UPDATE"], timing = "BEFORE", level = "ROW" %}{% include "database/_fired_on.sql" %}{% endwith %}

    IF to_jsonb(OLD) - '{closed_at,removed_at}'::text[] <> to_jsonb(NEW) - '{closed_at,removed_at}'::text[]
        OR (OLD.closed_at IS NOT NULL AND OLD.closed_at IS DISTINCT FROM NEW.closed_at)
        OR (OLD.removed_at IS NOT NULL AND OLD.removed_at IS DISTINCT FROM NEW.removed_at)
    THEN
        RAISE SQLSTATE 'RD016' USING MESSAGE = format('account %s is closed', OLD.id);
    END IF;
    RETURN NEW;
END
$body$;
CREATE OR REPLACE TRIGGER keep_closing BEFORE UPDATE ON tracking.accounts
    FOR EACH ROW WHEN (OLD.closing_since IS NOT NULL) EXECUTE FUNCTION tracking.keep_closing();
REVOKE ALL ON FUNCTION tracking.keep_closing() FROM PUBLIC;

-- Only runs of the closing start there.
CREATE OR REPLACE FUNCTION tracking.refuse_closing() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    {% with tables = ["redaction.runs"], operations = ["INSERT"], timing = "BEFORE", level = "ROW" %}{% include "database/_fired_on.sql" %}{% endwith %}

    IF EXISTS (SELECT FROM tracking.accounts a WHERE a.id = NEW.account_id AND a.closing_since IS NOT NULL) THEN
        RAISE SQLSTATE 'RD016' USING MESSAGE = format('account %s is closed', NEW.account_id);
    END IF;
    RETURN NEW;
END
$body$;
CREATE OR REPLACE TRIGGER refuse_closing BEFORE INSERT ON redaction.runs
    FOR EACH ROW WHEN (NEW.kind IN ('automatic', 'manual', 'source') AND NEW.state <> 'refused')
    EXECUTE FUNCTION tracking.refuse_closing();
REVOKE ALL ON FUNCTION tracking.refuse_closing() FROM PUBLIC;
