-- name: moves()
-- The gate of a moving account: no run and no hold starts at a placement that the account is leaving or has left.
CREATE OR REPLACE FUNCTION tracking.refuse_moving() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    {% with tables = ["redaction.runs", "redaction.holds"], operations = ["INSERT"], timing = "BEFORE", level = "ROW" %}{% include "database/_fired_on.sql" %}{% endwith %}

    -- Waits for a move that is about to start, which locks the row.
    PERFORM FROM tracking.accounts a WHERE a.id = NEW.account_id FOR SHARE;
    IF EXISTS (
        SELECT FROM tracking.accounts a WHERE a.id = NEW.account_id AND a.whereabouts IN ('leaving', 'left')
    ) THEN
        RAISE SQLSTATE 'RD003' USING MESSAGE = format('account %s is moving', NEW.account_id);
    END IF;
    RETURN NEW;
END
$body$;
CREATE OR REPLACE TRIGGER refuse_moving BEFORE INSERT ON redaction.runs
    FOR EACH ROW WHEN (NEW.kind IN ('automatic', 'manual', 'source', 'closing')) EXECUTE FUNCTION tracking.refuse_moving();
CREATE OR REPLACE TRIGGER refuse_moving BEFORE INSERT ON redaction.holds
    FOR EACH ROW EXECUTE FUNCTION tracking.refuse_moving();
