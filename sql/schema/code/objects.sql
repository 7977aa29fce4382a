-- name: objects()
-- Whoever writes an activity, the address of its recording is an object of it from then on, and stays one when another
-- address takes its place. An address of the plainest form has one spelling only and is marked canonical; any other is
-- read by the program before anything is deleted.
-- A load asks this of each recording: one pattern that said it all took 6.7 microseconds, these looks take half of that.
-- What is bound when the function is made needs no search path, and a statement takes it in without a call.
CREATE OR REPLACE FUNCTION tracking.is_plain_address(address text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN address COLLATE "C" !~ '[^A-Za-z0-9_~/.:-]'
    AND split_part(address, '//', 1) IN ('https:', 'http:', 's3:', 'file:')
    AND split_part(address, '//', 3) = '' AND strpos(split_part(address, '//', 2), ':') = 0
    AND (split_part(address, '/', 3) = '') = (split_part(address, '//', 1) = 'file:')
    AND split_part(address, '/', 3) = lower(split_part(address, '/', 3) COLLATE "C")
    AND right(split_part(address, '/', 3), 1) <> '.'
    AND split_part(address, '/', 4) <> '' AND strpos(address, '/.') = 0 AND right(address, 1) <> '/';
REVOKE ALL ON FUNCTION tracking.is_plain_address(text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION tracking.record_recordings() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    {% with tables = ["tracking.activities"], operations = ["INSERT"], timing = "AFTER", level = "STATEMENT" %}{% include "database/_fired_on.sql" %}{% endwith %}

    INSERT INTO tracking.objects (account_id, activity_id, address, canonical)
    SELECT i.account_id, i.id, i.recording_url, tracking.is_plain_address(i.recording_url)
    FROM inserted i WHERE i.recording_url IS NOT NULL
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$body$;
CREATE OR REPLACE TRIGGER record_recordings AFTER INSERT ON tracking.activities
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION tracking.record_recordings();

CREATE OR REPLACE FUNCTION tracking.record_changed_recording() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    {% with tables = ["tracking.activities"], operations = ["UPDATE"], timing = "BEFORE", level = "ROW" %}{% include "database/_fired_on.sql" %}{% endwith %}

    INSERT INTO tracking.objects (account_id, activity_id, address, canonical)
    VALUES (NEW.account_id, NEW.id, NEW.recording_url, tracking.is_plain_address(NEW.recording_url))
    ON CONFLICT DO NOTHING;
    RETURN NEW;
END
$body$;
CREATE OR REPLACE TRIGGER record_changed_recording BEFORE UPDATE OF recording_url ON tracking.activities
    FOR EACH ROW WHEN (
        NEW.redacted_at IS NULL AND NEW.recording_url IS NOT NULL
        AND OLD.recording_url IS DISTINCT FROM NEW.recording_url
    ) EXECUTE FUNCTION tracking.record_changed_recording();
REVOKE ALL ON FUNCTION tracking.record_recordings(), tracking.record_changed_recording() FROM PUBLIC;

-- The identities of staged activities whose row is not there any more, since its partition was dropped, are forgotten, so
-- that the activities can be inserted again. Returns which those are.
CREATE OR REPLACE FUNCTION tracking.forget_lost_identities(accounts bigint[], ids bigint[])
RETURNS TABLE (account_id bigint, id bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
    DELETE FROM tracking.activity_identity i
    USING unnest(accounts, ids) AS asked (account_id, id)
    WHERE i.account_id = asked.account_id AND i.id = asked.id AND NOT EXISTS (
        SELECT FROM tracking.activities a
        WHERE a.account_id = i.account_id AND a.called_at = i.called_at AND a.id = i.id
    )
    RETURNING i.account_id, i.id
$body$;
REVOKE ALL ON FUNCTION tracking.forget_lost_identities(bigint[], bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tracking.forget_lost_identities(bigint[], bigint[]) TO redaction_loader;
