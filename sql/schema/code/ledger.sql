-- name: ledger()
-- The ledger only grows at its end, whoever writes to it.
CREATE OR REPLACE FUNCTION redaction.keep_ledger() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    {% with tables = ["redaction.ledger"], operations = ["UPDATE", "DELETE", "TRUNCATE"], timing = "BEFORE" %}{% include "database/_fired_on.sql" %}{% endwith %}

    RAISE SQLSTATE 'RD008' USING MESSAGE = 'the ledger is append-only';
END
$body$;
CREATE OR REPLACE TRIGGER keep_rows BEFORE UPDATE OR DELETE ON redaction.ledger
    FOR EACH ROW EXECUTE FUNCTION redaction.keep_ledger();
CREATE OR REPLACE TRIGGER keep_all BEFORE TRUNCATE ON redaction.ledger
    FOR EACH STATEMENT EXECUTE FUNCTION redaction.keep_ledger();

CREATE OR REPLACE FUNCTION redaction.continue_ledger() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    head record;
BEGIN
    {% with tables = ["redaction.ledger"], operations = ["INSERT"], timing = "BEFORE", level = "ROW" %}{% include "database/_fired_on.sql" %}{% endwith %}

    SELECT l.position, l.hash INTO head FROM redaction.ledger l ORDER BY l.position DESC LIMIT 1;
    IF NEW.position <> coalesce(head.position, 0) + 1 OR NEW.previous_hash <> coalesce(head.hash, '') THEN
        RAISE SQLSTATE 'RD008' USING MESSAGE = 'the ledger goes on after its last row';
    END IF;
    RETURN NEW;
END
$body$;
CREATE OR REPLACE TRIGGER continue_ledger BEFORE INSERT ON redaction.ledger
    FOR EACH ROW EXECUTE FUNCTION redaction.continue_ledger();

-- Activities that were redacted before a backup was restored, and are sent again, are stripped at once: manually
-- redacted ones by their ids, the rest by time, unless held; of those that the clock had taken only the recording. The
-- recording is a due object. A trigger calls this only if a replay has something to remember.
CREATE OR REPLACE FUNCTION redaction.strip_forgotten() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    by_run bigint;
    by_clock bigint;
    at timestamptz := now();
BEGIN
    {% with tables = ["tracking.activities"], operations = ["INSERT"], timing = "BEFORE", level = "ROW" %}{% include "database/_fired_on.sql" %}{% endwith %}

    IF NEW.redacted_at IS NOT NULL THEN
        RETURN NEW;
    END IF;
    SELECT f.run_id INTO by_run FROM redaction.forgotten f
    WHERE f.account_id = NEW.account_id AND f.activity_id = NEW.id;
    IF by_run IS NULL THEN
        SELECT f.run_id INTO by_run FROM redaction.forgotten_before f
        WHERE f.account_id = NEW.account_id AND NEW.called_at < f.before AND NOT (
            SELECT {% with account = "NEW.account_id" %}{% include "select/_held.sql" %}{% endwith %} FROM (SELECT NEW.*) a
        );
    END IF;
    IF by_run IS NOT NULL THEN
        IF NEW.recording_url IS NOT NULL THEN
            INSERT INTO tracking.objects (account_id, activity_id, address, canonical, due_since, run_id, recording)
            VALUES (NEW.account_id, NEW.id, NEW.recording_url, tracking.is_plain_address(NEW.recording_url), at, by_run, true)
            ON CONFLICT DO NOTHING;
        END IF;
        {% for column in personal %}
        NEW.{{ column }} := NULL;
        {% endfor %}
        NEW.redacted_at := at;
        NEW.redaction_run_id := by_run;
    ELSIF NEW.recording_url IS NOT NULL THEN
        SELECT f.run_id INTO by_clock FROM redaction.forgotten_before f
        WHERE f.account_id = NEW.account_id AND NEW.called_at < f.recordings_before AND NOT (
            SELECT {% with account = "NEW.account_id" %}{% include "select/_held.sql" %}{% endwith %} FROM (SELECT NEW.*) a
        );
        IF by_clock IS NOT NULL THEN
            INSERT INTO tracking.objects (account_id, activity_id, address, canonical, due_since, run_id, recording)
            VALUES (NEW.account_id, NEW.id, NEW.recording_url, tracking.is_plain_address(NEW.recording_url), at, by_clock, true)
            ON CONFLICT DO NOTHING;
            INSERT INTO tracking.taken_recordings (account_id, activity_id, run_id)
            VALUES (NEW.account_id, NEW.id, by_clock) ON CONFLICT DO NOTHING;
            NEW.recording_url := NULL;
            NEW := jsonb_populate_record(NEW, coalesce(tracking.cut_taken(NEW.account_id, NEW.id, to_jsonb(NEW)), '{}'));
        END IF;
    END IF;
    RETURN NEW;
END
$body$;
