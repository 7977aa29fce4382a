-- name: held_values()
-- A legal hold keeps every personal value of an existing held activity, whoever writes. Missing values may be added,
-- and retained columns follow the source. Settings of the transaction count, for the load, how many rows had such a
-- value. The lock of the account's loaders decides between a hold and a load at the same time: placing a hold takes it
-- too. The name sorts after `ignore_unchanged` and before the triggers for a new address.
CREATE OR REPLACE FUNCTION tracking.keep_held_values() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    differs boolean := false;
    name text;
BEGIN
    {% with tables = ["tracking.activities"], operations = ["UPDATE"], timing = "BEFORE", level = "ROW" %}{% include "database/_fired_on.sql" %}{% endwith %}

    -- Almost always the end of it; one index answers it.
    IF NOT EXISTS (SELECT FROM redaction.holds h WHERE h.account_id = OLD.account_id AND h.released_at IS NULL)
        OR NOT (SELECT {% with account = "OLD.account_id" %}{% include "select/_held.sql" %}{% endwith %} FROM (SELECT OLD.*) a)
    THEN
        RETURN NEW;
    END IF;
    -- The column does not take the new recording's address, but the object is recorded, and is deleted with its
    -- activity.
    IF OLD.recording_url IS NOT NULL AND NEW.recording_url IS NOT NULL AND OLD.recording_url <> NEW.recording_url THEN
        INSERT INTO tracking.objects (account_id, activity_id, address, canonical, recording)
        VALUES (OLD.account_id, OLD.id, NEW.recording_url, tracking.is_plain_address(NEW.recording_url), true)
        ON CONFLICT DO NOTHING;
    END IF;
    {% for column in personal %}
    IF OLD.{{ column }} IS NOT NULL AND OLD.{{ column }} IS DISTINCT FROM NEW.{{ column }} THEN
        NEW.{{ column }} := OLD.{{ column }};
        differs := true;
    END IF;
    {% endfor %}
    IF NOT differs THEN
        RETURN NEW;
    END IF;
    FOREACH name IN ARRAY CASE WHEN NEW *= OLD THEN ARRAY['kept'] ELSE ARRAY['kept', 'kept_and_written'] END LOOP
        name := 'redaction.' || name;
        PERFORM set_config(
            name, (coalesce(nullif(current_setting(name, true), ''), '0')::bigint + 1)::text, true
        );
    END LOOP;
    RETURN CASE WHEN NEW *= OLD THEN NULL ELSE NEW END;
END
$body$;
CREATE OR REPLACE TRIGGER keep_held_values BEFORE UPDATE ON tracking.activities
    FOR EACH ROW WHEN (OLD.redacted_at IS NULL AND NEW.redacted_at IS NULL)
    EXECUTE FUNCTION tracking.keep_held_values();
