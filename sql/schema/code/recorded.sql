-- name: recorded()
-- What a person has decided takes effect only with its row of the ledger, and a hold in force stays as it was placed.
-- The owner of the tables, who moves and restores accounts, is asked for neither.

-- At the end of the transaction, the last row about it says so: an answer about a run or a proposal, the release of a
-- hold, the end of a pause, a store that is declared or removed. Read from the end of the ledger, where it is.
{% set acts = [
    ("approvals", "INSERT", "NEW.decided_at IS NOT NULL", "l.kind = 'approval' AND l.run_id = NEW.run_id",
     "l.actor = NEW.decided_by AND l.facts -> 'approved' = to_jsonb(NEW.approved)"),
    ("proposals", "INSERT", "NEW.decided_at IS NOT NULL", "l.kind = 'proposal' AND l.facts -> 'proposal_id' = to_jsonb(NEW.id)",
     "l.actor = NEW.decided_by AND l.facts ->> 'change' = CASE WHEN NEW.approved THEN 'agreed' ELSE 'declined' END"),
    ("holds", "INSERT", "NEW.released_at IS NOT NULL", "l.kind = 'release' AND l.facts -> 'hold_id' = to_jsonb(NEW.id)",
     "l.actor = NEW.released_by"),
    ("stores", "INSERT", "true", "l.kind = 'store' AND l.facts #> '{store,id}' = to_jsonb(NEW.id)",
     "l.facts ->> 'change' = 'added' AND to_jsonb(NEW) @> (l.facts -> 'store')"),
    ("stores", "DELETE", "true", "l.kind = 'store' AND l.facts #> '{store,id}' = to_jsonb(OLD.id)",
     "l.facts ->> 'change' = 'removed'"),
    ("pauses", "DELETE", "true", "l.kind IN ('pause', 'resume') AND l.account_id IS NOT DISTINCT FROM OLD.account_id",
     "l.kind = 'resume'"),
] %}
{% for table, operation, when, about, says in acts %}
{% set name = "require_row_of_" ~ table ~ ("_gone" if operation == "DELETE" else "") %}
CREATE OR REPLACE FUNCTION redaction.{{ name }}() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    {% with tables = ["redaction." ~ table], operations = [operation, "UPDATE"], timing = "AFTER", level = "ROW" %}{% include "database/_fired_on.sql" %}{% endwith %}

    IF pg_has_role(current_user, (SELECT c.relowner FROM pg_class c WHERE c.oid = TG_RELID), 'USAGE') THEN
        RETURN NULL;
    END IF;
    PERFORM FROM (
        SELECT * FROM redaction.ledger l WHERE {{ about }} ORDER BY l.position DESC LIMIT 1
    ) l WHERE {{ says }};
    IF NOT FOUND THEN
        RAISE SQLSTATE 'RD022' USING MESSAGE = 'no row of the ledger records that';
    END IF;
    RETURN NULL;
END
$body$;
REVOKE ALL ON FUNCTION redaction.{{ name }}() FROM PUBLIC;
DROP TRIGGER IF EXISTS {{ name }} ON redaction.{{ table }};
CREATE CONSTRAINT TRIGGER {{ name }} AFTER {{ operation }} OR UPDATE ON redaction.{{ table }}
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW {% if when != "true" %}WHEN ({{ when }}) {% endif %}EXECUTE FUNCTION redaction.{{ name }}();
{% endfor %}

{% set by_replay = "'redaction ledger replay'" %}
-- A hold is placed once and released once. Under the rule of two people, only an agreed proposal releases it, or its
-- end. A replay removes the holds that it has placed itself.
CREATE OR REPLACE FUNCTION redaction.keep_hold() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    {% with tables = ["redaction.holds"], operations = ["UPDATE", "DELETE"], timing = "BEFORE", level = "ROW" %}{% include "database/_fired_on.sql" %}{% endwith %}

    IF pg_has_role(current_user, (SELECT c.relowner FROM pg_class c WHERE c.oid = TG_RELID), 'USAGE') THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    IF TG_OP = 'DELETE' THEN
        IF OLD.placed_by <> {{ by_replay }} THEN
            RAISE SQLSTATE 'RD021' USING MESSAGE = 'a hold is not removed';
        END IF;
        RETURN OLD;
    END IF;
    IF OLD.released_at IS NOT NULL
        OR to_jsonb(OLD) - '{released_at,released_by}'::text[] <> to_jsonb(NEW) - '{released_at,released_by}'::text[]
    THEN
        RAISE SQLSTATE 'RD021' USING MESSAGE = 'a hold does not change';
    END IF;
    IF (OLD.expires_at <= clock_timestamp()) IS NOT TRUE AND EXISTS (
        SELECT FROM tracking.accounts a JOIN tracking.agencies g ON g.id = a.agency_id
        WHERE a.id = OLD.account_id AND (a.needs_approval OR g.needs_approval)
    ) AND NOT EXISTS (
        SELECT FROM redaction.proposals p WHERE p.kind = 'release' AND p.hold_id = OLD.id AND p.approved
    ) THEN
        RAISE SQLSTATE 'RD020' USING MESSAGE = format('account %s needs two people for that', OLD.account_id);
    END IF;
    RETURN NEW;
END
$body$;
CREATE OR REPLACE TRIGGER keep_hold BEFORE UPDATE OR DELETE ON redaction.holds
    FOR EACH ROW EXECUTE FUNCTION redaction.keep_hold();
REVOKE ALL ON FUNCTION redaction.keep_hold() FROM PUBLIC;

-- The ids and contacts of a hold are forgotten with its release, and not before.
CREATE OR REPLACE FUNCTION redaction.keep_held() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    {% with tables = ["redaction.held_activities", "tracking.held_contacts"], operations = ["UPDATE", "DELETE"], timing = "AFTER", level = "STATEMENT" %}{% include "database/_fired_on.sql" %}{% endwith %}

    IF NOT pg_has_role(current_user, (SELECT c.relowner FROM pg_class c WHERE c.oid = TG_RELID), 'USAGE') AND EXISTS (
        SELECT FROM (SELECT DISTINCT g.hold_id FROM gone g) g JOIN redaction.holds h ON h.id = g.hold_id
        WHERE h.released_at IS NULL AND h.placed_by <> {{ by_replay }}
    ) THEN
        RAISE SQLSTATE 'RD021' USING MESSAGE = 'what a hold keeps does not change';
    END IF;
    RETURN NULL;
END
$body$;
REVOKE ALL ON FUNCTION redaction.keep_held() FROM PUBLIC;
{% for table in ("redaction.held_activities", "tracking.held_contacts") %}
CREATE OR REPLACE TRIGGER keep_held AFTER UPDATE ON {{ table }}
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION redaction.keep_held();
CREATE OR REPLACE TRIGGER keep_held_rows AFTER DELETE ON {{ table }}
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION redaction.keep_held();
{% endfor %}
