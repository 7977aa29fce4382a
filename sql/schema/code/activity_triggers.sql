-- name: activity_triggers()
-- Triggers for every write to tracking.activities: the identity of each activity stays unique and known, and the
-- reports learn which days changed. An existing mark is locked, not skipped: a rebuild that is about to remove it must
-- not miss the rows of this transaction.
CREATE OR REPLACE FUNCTION tracking.register_activities() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    {% with tables = ["tracking.activities"], operations = ["INSERT"], timing = "AFTER", level = "STATEMENT" %}{% include "database/_fired_on.sql" %}{% endwith %}

    IF EXISTS (
        SELECT FROM (SELECT DISTINCT account_id FROM inserted) n
        WHERE NOT EXISTS (SELECT FROM tracking.accounts a WHERE a.id = n.account_id)
    ) THEN
        RAISE foreign_key_violation USING MESSAGE = 'an activity names an account that does not exist';
    END IF;
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT account_id FROM inserted) n
        JOIN tracking.accounts a ON a.id = n.account_id WHERE a.closing_since IS NOT NULL
    ) THEN
        RAISE SQLSTATE 'RD016' USING MESSAGE = 'an activity names an account that is closed';
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
$body$;
CREATE OR REPLACE TRIGGER register_activities AFTER INSERT ON tracking.activities
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION tracking.register_activities();

CREATE OR REPLACE FUNCTION tracking.forget_activities() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    {% with tables = ["tracking.activities"], operations = ["DELETE"], timing = "AFTER", level = "STATEMENT" %}{% include "database/_fired_on.sql" %}{% endwith %}

    DELETE FROM tracking.activity_identity i USING removed r WHERE i.account_id = r.account_id AND i.id = r.id;
    DELETE FROM tracking.settled_objects s USING removed r WHERE s.account_id = r.account_id AND s.activity_id = r.id;
    DELETE FROM tracking.redacted_at_source s USING removed r WHERE s.account_id = r.account_id AND s.activity_id = r.id;
    DELETE FROM tracking.future_activities s USING removed r WHERE s.account_id = r.account_id AND s.activity_id = r.id;
    DELETE FROM tracking.taken_recordings s USING removed r WHERE s.account_id = r.account_id AND s.activity_id = r.id;
    DELETE FROM tracking.taken_addresses s USING removed r WHERE s.account_id = r.account_id AND s.activity_id = r.id;
    INSERT INTO reporting.stale_days (account_id, day)
    SELECT DISTINCT r.account_id, (r.called_at AT TIME ZONE a.timezone)::date
    FROM removed r JOIN tracking.accounts a ON a.id = r.account_id
    ORDER BY 1, 2
    ON CONFLICT (account_id, day) DO UPDATE SET day = excluded.day;
    RETURN NULL;
END
$body$;
CREATE OR REPLACE TRIGGER forget_activities AFTER DELETE ON tracking.activities
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION tracking.forget_activities();

CREATE OR REPLACE FUNCTION tracking.forget_all_activities() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    {% with tables = ["tracking.activities"], operations = ["TRUNCATE"], timing = "AFTER", level = "STATEMENT" %}{% include "database/_fired_on.sql" %}{% endwith %}

    TRUNCATE tracking.activity_identity, tracking.settled_objects, tracking.redacted_at_source, tracking.future_activities,
        tracking.taken_recordings, tracking.taken_addresses;
    RETURN NULL;
END
$body$;
CREATE OR REPLACE TRIGGER forget_all_activities AFTER TRUNCATE ON tracking.activities
    FOR EACH STATEMENT EXECUTE FUNCTION tracking.forget_all_activities();

-- Nobody could redact an activity without its account.
CREATE OR REPLACE FUNCTION tracking.keep_account() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    {% with tables = ["tracking.accounts"], operations = ["DELETE"], timing = "BEFORE", level = "ROW" %}{% include "database/_fired_on.sql" %}{% endwith %}

    IF EXISTS (SELECT FROM tracking.activity_identity WHERE account_id = OLD.id) THEN
        RAISE foreign_key_violation USING MESSAGE = format('account %s still has activities', OLD.id);
    END IF;
    RETURN OLD;
END
$body$;
CREATE OR REPLACE TRIGGER keep_account BEFORE DELETE ON tracking.accounts
    FOR EACH ROW EXECUTE FUNCTION tracking.keep_account();

-- A row that moves to another partition fires no update trigger afterwards, so its identity is updated before.
CREATE OR REPLACE FUNCTION tracking.follow_activity() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    {% with tables = ["tracking.activities"], operations = ["UPDATE"], timing = "BEFORE", level = "ROW" %}{% include "database/_fired_on.sql" %}{% endwith %}

    UPDATE tracking.activity_identity SET called_at = NEW.called_at
    WHERE account_id = OLD.account_id AND id = OLD.id;
    INSERT INTO reporting.stale_days (account_id, day)
    SELECT DISTINCT a.id, (t.at AT TIME ZONE a.timezone)::date
    FROM tracking.accounts a, (VALUES (OLD.called_at), (NEW.called_at)) AS t (at)
    WHERE a.id = OLD.account_id
    ON CONFLICT (account_id, day) DO UPDATE SET day = excluded.day;
    RETURN NEW;
END
$body$;
CREATE OR REPLACE TRIGGER follow_activity BEFORE UPDATE OF called_at ON tracking.activities
    FOR EACH ROW WHEN (OLD.called_at IS DISTINCT FROM NEW.called_at)
    EXECUTE FUNCTION tracking.follow_activity();

-- Keys identify a row for ever.
CREATE OR REPLACE FUNCTION tracking.refuse_new_identity() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    {% with tables = ["tracking.activities"], operations = ["UPDATE"], timing = "BEFORE", level = "ROW" %}{% include "database/_fired_on.sql" %}{% endwith %}

    RAISE SQLSTATE 'RD009'
        USING MESSAGE = format('activity %s of account %s cannot change its id or account', OLD.id, OLD.account_id);
END
$body$;
CREATE OR REPLACE TRIGGER refuse_new_identity BEFORE UPDATE OF id, account_id ON tracking.activities
    FOR EACH ROW WHEN (OLD.id <> NEW.id OR OLD.account_id <> NEW.account_id)
    EXECUTE FUNCTION tracking.refuse_new_identity();

DROP TRIGGER IF EXISTS keep_replaced_recording ON tracking.activities;
DROP FUNCTION IF EXISTS tracking.keep_replaced_recording();

-- An activity that is sent again unchanged leaves no dead row. The values are compared here, where the loader cannot
-- see them.
CREATE OR REPLACE FUNCTION tracking.ignore_unchanged() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    {% with tables = ["tracking.activities"], operations = ["UPDATE"], timing = "BEFORE", level = "ROW" %}{% include "database/_fired_on.sql" %}{% endwith %}

    RETURN NULL;
END
$body$;
CREATE OR REPLACE TRIGGER ignore_unchanged BEFORE UPDATE ON tracking.activities
    FOR EACH ROW WHEN (OLD.* *= NEW.*)
    EXECUTE FUNCTION tracking.ignore_unchanged();
