-- name: held_values()
-- A legal hold keeps every personal value of an existing held activity, whoever writes. Missing values may be added,
-- and retained columns follow the source, unless their texts or the tracking number then have the caller that the row
-- keeps: the load scrubs a record of its own caller only. Without a hold, a caller that a new record leaves out stays if
-- its texts have them, and the present texts stay too: the next load would bring the new ones in again. Settings of the
-- transaction count, for the load, how many rows had such a value. The lock of the account's loaders decides between a
-- hold and a load at the same time: placing a hold takes it too. The name sorts after `ignore_unchanged` and before the
-- triggers for a new address.
{% set callers = ('"caller_name"', '"caller_number"', '"caller_numbers"', '"contact_key"', '"contact_keys"', '"emails"', '"caller_id"', '"form"', '"custom_fields"', '"enhanced_caller_id"') %}
{% set texts = ['"tracking_number"', '"call_path"'] + scrubbed | list %}
{% set changed %}({% for column in texts %}OLD.{{ column }} IS DISTINCT FROM NEW.{{ column }}{{ " OR " if not loop.last }}{% endfor %}){% endset %}
{% set keep_texts %}{% for column in texts %}NEW.{{ column }} := OLD.{{ column }}; {% endfor %}{% endset %}
-- Says whether the texts or the tracking number of a row reveal the caller of another.
CREATE OR REPLACE FUNCTION redaction.reveals_caller(shown tracking.activities, caller tracking.activities) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RETURN (
        SELECT {% include "strip/_names_its_caller.sql" %}

        FROM (SELECT caller.*) a
        CROSS JOIN LATERAL (
            SELECT concat_ws(E'\x1f', a.tracking_number, {% include "strip/_retained_texts.sql" %}) AS texts FROM (SELECT shown.*) a
        ) s
        CROSS JOIN LATERAL redaction.find_facts(s.texts) f
    );
END
$body$;
REVOKE ALL ON FUNCTION redaction.reveals_caller(tracking.activities, tracking.activities) FROM PUBLIC;

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
        IF ({% for column in callers %}(OLD.{{ column }} IS NOT NULL AND NEW.{{ column }} IS NULL){{ " OR " if not loop.last }}{% endfor %})
            AND {{ changed }} AND redaction.reveals_caller(NEW, OLD)
        THEN
            {% for column in callers %}
            NEW.{{ column }} := coalesce(NEW.{{ column }}, OLD.{{ column }});
            {% endfor %}
            {{ keep_texts }}
            RETURN CASE WHEN NEW *= OLD THEN NULL ELSE NEW END;
        END IF;
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
    IF {{ changed }} AND redaction.reveals_caller(NEW, NEW) THEN
        {{ keep_texts }}
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
