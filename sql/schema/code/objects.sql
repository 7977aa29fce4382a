-- name: objects()
-- Every write of an activity records the address of its recording as an object of it, which stays when another address
-- replaces it. An address of the plainest form is found as it is and is marked canonical; any other is read by the
-- program before anything is deleted, and stays unmarked if no look-up would find it. A load asks this of each
-- recording. One pattern for everything takes 4.6 microseconds, since it has many states; this short one and some
-- functions take 1.6. Their collation is named, since any other is looked up at each of them. Names that are bound when
-- the function is created need no search path, and a statement inlines it.
CREATE OR REPLACE FUNCTION tracking.is_plain_address(address text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN address COLLATE "C" !~ '[^A-Za-z0-9_~/.:-]|//.*//|:.*:|/[.]|[.]/|[/.]$'
    AND split_part(address COLLATE "C", '/', 1) IN ('https:', 'http:', 's3:', 'file:')
    AND split_part(address COLLATE "C", '/', 2) = ''
    AND (split_part(address COLLATE "C", '/', 3) = '') = (split_part(address COLLATE "C", '/', 1) = 'file:')
    AND split_part(address COLLATE "C", '/', 3) = lower(split_part(address COLLATE "C", '/', 3))
    AND split_part(address COLLATE "C", '/', 4) <> '';
REVOKE ALL ON FUNCTION tracking.is_plain_address(text) FROM PUBLIC;

-- Due objects whose activity exists and is not redacted: its row was gone with its partition, and was sent again. They
-- belong to the activity again: no run counts them any more, and they are due again when it is redacted.
CREATE OR REPLACE FUNCTION tracking.revive_objects(accounts bigint[], ids bigint[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
    WITH living AS MATERIALIZED (
        SELECT o.account_id, o.id, o.run_id, o.outcome
        FROM (SELECT DISTINCT * FROM unnest(accounts, ids) AS u (account_id, activity_id)) u
        -- The OFFSETs keep these as look-ups by key.
        CROSS JOIN LATERAL (
            SELECT called_at FROM tracking.activity_identity
            WHERE account_id = u.account_id AND id = u.activity_id OFFSET 0
        ) i
        CROSS JOIN LATERAL (
            SELECT redacted_at FROM tracking.activities
            WHERE account_id = u.account_id AND called_at = i.called_at AND id = u.activity_id OFFSET 0
        ) a
        JOIN tracking.objects o ON o.account_id = u.account_id AND o.activity_id = u.activity_id
        WHERE a.redacted_at IS NULL AND o.due_since IS NOT NULL
          AND NOT {% with object = "o" %}{% include "objects/_taken.sql" %}{% endwith %}

        ORDER BY o.id FOR UPDATE OF o
    ), counted AS (
        UPDATE redaction.runs r SET objects = redaction.add_counts(r.objects, c.counts)
        FROM (
            SELECT n.run_id, jsonb_object_agg(n.outcome, -n.objects) AS counts
            FROM (SELECT run_id, outcome, count(*) AS objects FROM living WHERE outcome IS NOT NULL GROUP BY run_id, outcome) n
            GROUP BY n.run_id
        ) c
        WHERE r.id = c.run_id
    )
    UPDATE tracking.objects o
    SET due_since = NULL, run_id = NULL, outcome = NULL, reason = NULL, place = NULL, store = NULL, until = NULL, tries = 0,
        tried_at = NULL
    FROM living l WHERE o.account_id = l.account_id AND o.id = l.id
$body$;
REVOKE ALL ON FUNCTION tracking.revive_objects(bigint[], bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tracking.revive_objects(bigint[], bigint[]) TO redaction_loader, redaction_worker;

-- Locks those of some activities that are here and not redacted; returns them. The plan is kept for all batches of a load:
-- it names every partition, and making it took most of the time in which objects are recorded.
CREATE OR REPLACE FUNCTION tracking.lock_living(accounts bigint[], ids bigint[])
RETURNS TABLE (locked_account bigint, locked_id bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $body$
BEGIN
    RETURN QUERY
    SELECT u.account_id, u.id FROM unnest(accounts, ids) AS u (account_id, id)
    CROSS JOIN LATERAL (
        SELECT FROM tracking.activities a
        WHERE a.account_id = u.account_id AND a.called_at = (
            SELECT i.called_at FROM tracking.activity_identity i WHERE i.account_id = u.account_id AND i.id = u.id
        ) AND a.id = u.id AND a.redacted_at IS NULL
        FOR NO KEY UPDATE OF a
    ) a;
END
$body$;
REVOKE ALL ON FUNCTION tracking.lock_living(bigint[], bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tracking.lock_living(bigint[], bigint[]) TO redaction_loader;

CREATE OR REPLACE FUNCTION tracking.record_recordings() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    {% with tables = ["tracking.activities"], operations = ["INSERT"], timing = "AFTER", level = "STATEMENT" %}{% include "database/_fired_on.sql" %}{% endwith %}

    -- A new activity has no objects, unless it was here before. Asking costs 2.3 microseconds a row.
    BEGIN
        INSERT INTO tracking.objects (account_id, activity_id, address, canonical, recording)
        SELECT i.account_id, i.id, i.recording_url, tracking.is_plain_address(i.recording_url), true
        FROM inserted i WHERE i.recording_url IS NOT NULL;
    EXCEPTION WHEN unique_violation THEN
        INSERT INTO tracking.objects AS o (account_id, activity_id, address, canonical, recording)
        SELECT i.account_id, i.id, i.recording_url, tracking.is_plain_address(i.recording_url), true
        FROM inserted i WHERE i.recording_url IS NOT NULL
        ON CONFLICT (account_id, activity_id, CAST(md5(address) AS uuid)) DO UPDATE SET recording = true WHERE NOT o.recording;
    END;
    RETURN NULL;
END
$body$;
CREATE OR REPLACE TRIGGER record_recordings AFTER INSERT ON tracking.activities
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION tracking.record_recordings();

CREATE OR REPLACE FUNCTION tracking.record_changed_recording() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    {% with tables = ["tracking.activities"], operations = ["UPDATE"], timing = "BEFORE", level = "ROW" %}{% include "database/_fired_on.sql" %}{% endwith %}

    INSERT INTO tracking.objects AS o (account_id, activity_id, address, canonical, recording)
    VALUES (NEW.account_id, NEW.id, NEW.recording_url, tracking.is_plain_address(NEW.recording_url), true)
    ON CONFLICT (account_id, activity_id, CAST(md5(address) AS uuid)) DO UPDATE SET recording = true WHERE NOT o.recording;
    RETURN NEW;
END
$body$;
CREATE OR REPLACE TRIGGER record_changed_recording BEFORE UPDATE OF recording_url ON tracking.activities
    FOR EACH ROW WHEN (
        NEW.redacted_at IS NULL AND NEW.recording_url IS NOT NULL
        AND OLD.recording_url IS DISTINCT FROM NEW.recording_url
    ) EXECUTE FUNCTION tracking.record_changed_recording();
REVOKE ALL ON FUNCTION tracking.record_recordings(), tracking.record_changed_recording() FROM PUBLIC;

-- The identities of staged activities whose row is gone with a dropped partition are forgotten, so that the activities
-- can be inserted again, and with them the numbers of their settled objects. Returns these activities, and the last run
-- that had redacted each. A hold in force may have kept the activity from that run, which nobody knows any more: then it
-- has no run.
DROP FUNCTION IF EXISTS tracking.forget_lost_identities(bigint[], bigint[]);
CREATE FUNCTION tracking.forget_lost_identities(accounts bigint[], ids bigint[])
RETURNS TABLE (account_id bigint, id bigint, run_id bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
    WITH lost AS MATERIALIZED (
        DELETE FROM tracking.activity_identity i
        USING unnest(accounts, ids) AS asked (account_id, id)
        WHERE i.account_id = asked.account_id AND i.id = asked.id AND NOT EXISTS (
            SELECT FROM tracking.activities a
            WHERE a.account_id = i.account_id AND a.called_at = i.called_at AND a.id = i.id
        )
        RETURNING i.account_id, i.id, i.called_at
    ), settled AS (
        DELETE FROM tracking.settled_objects s USING lost l WHERE s.account_id = l.account_id AND s.activity_id = l.id
    )
    SELECT l.account_id, l.id, max(s.run_id)
    FROM lost l
    LEFT JOIN (
        SELECT r.id AS run_id, r.account_id, r.cutoff, r.finished_at, u.id
        FROM redaction.runs r
        JOIN redaction.run_batches b ON b.run_id = r.id AND b.stripped
        CROSS JOIN LATERAL unnest(b.activity_ids) AS u (id)
        WHERE r.account_id IN (SELECT o.account_id FROM lost o) AND r.stripped_count > 0
    ) s ON s.account_id = l.account_id AND s.id = l.id AND l.called_at < s.cutoff AND NOT EXISTS (
        SELECT FROM redaction.holds h
        WHERE h.account_id = l.account_id AND h.released_at IS NULL AND h.placed_at < coalesce(s.finished_at, now())
          AND (h.scope <> 'activity' OR EXISTS (
              SELECT FROM redaction.held_activities k WHERE k.hold_id = h.id AND k.activity_id = l.id
          ))
    )
    GROUP BY l.account_id, l.id
$body$;
REVOKE ALL ON FUNCTION tracking.forget_lost_identities(bigint[], bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tracking.forget_lost_identities(bigint[], bigint[]) TO redaction_loader;

-- Forgets the counts that nobody needs: zero is the same as no row, and an activity whose row is gone with its
-- partition starts from zero if it is sent again. If an activity is sent, redacted and settled at the same time, its
-- count is lost, and its objects are asked for once more, which finds nothing. Returns the number of counts.
CREATE OR REPLACE FUNCTION tracking.forget_settled_objects() RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
    WITH forgotten AS (
        DELETE FROM tracking.settled_objects s
        WHERE s.settled = 0 OR NOT EXISTS (
            SELECT FROM tracking.activity_identity i
            CROSS JOIN LATERAL (
                -- The OFFSET keeps this as a look-up by key.
                SELECT FROM tracking.activities a
                WHERE a.account_id = i.account_id AND a.called_at = i.called_at AND a.id = i.id OFFSET 0
            ) a
            WHERE i.account_id = s.account_id AND i.id = s.activity_id
        )
        RETURNING 1
    )
    SELECT count(*) FROM forgotten
$body$;
REVOKE ALL ON FUNCTION tracking.forget_settled_objects() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tracking.forget_settled_objects() TO redaction_worker;

-- Says whether an activity of some accounts may have been redacted since this transaction began: a run is at work, or
-- has ended meanwhile. Almost always no, by two look-ups in an index.
CREATE OR REPLACE FUNCTION tracking.may_have_stripped(accounts bigint[]) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
    SELECT EXISTS (SELECT FROM redaction.runs r WHERE r.finished_at >= now()) OR EXISTS (
        SELECT FROM redaction.runs r
        WHERE r.account_id = ANY(accounts) AND r.state IN ('selected', 'stripped', 'erased', 'validated', 'failed')
    )
$body$;

-- Records the addresses with which redacted activities were sent again, or the recordings of an activity whose
-- recording the clock has taken, each in its one spelling. A listed address is known. Others cannot be compared with
-- settled ones, and a source may give a remaining object another address each time, so their number decides. If an
-- activity has more than were settled, or are listed and were tried and not sent, all of these are recorded as due, for
-- the run that redacted it or took its recording, whose erasure is then incomplete. Settled ones among them are counted
-- again when they are settled again: a record must name more than any before it, so this ends. A listed address that
-- was not tried yet stands for no other: two records of a load may name two objects. An activity that has come in
-- redacted has no run: its objects are not due, and wait for one. Returns the number recorded. One statement, and a difference instead of a value: what is settled meanwhile is counted either here or there.
CREATE OR REPLACE FUNCTION tracking.record_late_objects(accounts bigint[], ids bigint[], addresses text[]) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
    WITH sent AS MATERIALIZED (
        SELECT u.account_id, u.activity_id, u.address, o.id IS NOT NULL AS listed, o.outcome IS NOT NULL AS tried
        FROM (SELECT DISTINCT * FROM unnest(accounts, ids, addresses) AS u (account_id, activity_id, address)) u
        LEFT JOIN LATERAL (
            -- The OFFSETs keep these as look-ups by key.
            SELECT id, outcome FROM tracking.objects
            WHERE account_id = u.account_id AND activity_id = u.activity_id AND CAST(md5(address) AS uuid) = CAST(md5(u.address) AS uuid) OFFSET 0
        ) o ON true
    ), counted AS MATERIALIZED (
        SELECT n.account_id, n.activity_id, coalesce(a.redaction_run_id, t.run_id) AS run_id, a.redacted_at IS NULL AS lives,
               coalesce(s.settled, 0) AS settled
        FROM (
            SELECT account_id, activity_id, count(*) FILTER (WHERE NOT listed) AS unknown,
                   count(*) FILTER (WHERE tried) AS tried
            FROM sent GROUP BY account_id, activity_id
        ) n
        CROSS JOIN LATERAL (
            SELECT called_at FROM tracking.activity_identity
            WHERE account_id = n.account_id AND id = n.activity_id OFFSET 0
        ) i
        CROSS JOIN LATERAL (
            SELECT redacted_at, redaction_run_id FROM tracking.activities
            WHERE account_id = n.account_id AND called_at = i.called_at AND id = n.activity_id OFFSET 0
        ) a
        LEFT JOIN LATERAL (
            SELECT run_id FROM tracking.taken_recordings
            WHERE a.redacted_at IS NULL AND account_id = n.account_id AND activity_id = n.activity_id OFFSET 0
        ) t ON true
        LEFT JOIN LATERAL (
            SELECT settled FROM tracking.settled_objects
            WHERE account_id = n.account_id AND activity_id = n.activity_id OFFSET 0
        ) s ON true
        CROSS JOIN LATERAL (
            SELECT count(*) AS tried FROM tracking.objects
            WHERE account_id = n.account_id AND activity_id = n.activity_id AND outcome IS NOT NULL
        ) l
        WHERE (a.redacted_at IS NOT NULL OR t.run_id IS NOT NULL)
          AND n.unknown > coalesce(s.settled, 0) + l.tried - n.tried
    ), recorded AS (
        INSERT INTO tracking.objects (account_id, activity_id, address, canonical, due_since, run_id, recording)
        SELECT u.account_id, u.activity_id, u.address, tracking.is_plain_address(u.address),
               CASE WHEN c.run_id IS NOT NULL THEN clock_timestamp() END, c.run_id, c.lives
        FROM sent u JOIN counted c ON c.account_id = u.account_id AND c.activity_id = u.activity_id
        WHERE NOT u.listed
        ON CONFLICT DO NOTHING
        RETURNING id
    ), waiting AS (
        INSERT INTO tracking.redacted_at_source (account_id, activity_id)
        SELECT c.account_id, c.activity_id FROM counted c WHERE c.run_id IS NULL
        ON CONFLICT DO NOTHING
    ), listed_again AS (
        UPDATE tracking.settled_objects s SET settled = s.settled - c.settled
        FROM counted c WHERE s.account_id = c.account_id AND s.activity_id = c.activity_id AND c.settled > 0
    ), graded AS (
        UPDATE redaction.runs r SET erasure_level = 'L0'
        WHERE r.id IN (SELECT run_id FROM counted) AND r.erasure_level IN ('L1', 'L2', 'L3', 'L4')
    )
    SELECT count(*) FROM recorded
$body$;
REVOKE ALL ON FUNCTION tracking.may_have_stripped(bigint[]), tracking.record_late_objects(bigint[], bigint[], text[])
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tracking.may_have_stripped(bigint[]), tracking.record_late_objects(bigint[], bigint[], text[])
    TO redaction_loader;
