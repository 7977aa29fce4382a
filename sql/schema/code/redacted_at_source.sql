-- name: redacted_at_source()
-- An activity that the source has redacted and that was never here arrives redacted: a load marks only what it has just
-- inserted. It has no values, so nothing is lost, and no run has redacted it. Likewise an activity that a run had
-- redacted, whose row was gone with its partition.
DROP FUNCTION IF EXISTS tracking.come_in_redacted(bigint[], bigint[]);
CREATE OR REPLACE FUNCTION tracking.come_in_redacted(accounts bigint[], ids bigint[], runs bigint[]) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
    WITH found AS MATERIALIZED (
        SELECT i.account_id, i.called_at, i.id, u.run_id
        FROM unnest(accounts, ids, runs) AS u (account_id, id, run_id)
        CROSS JOIN LATERAL (
            -- The OFFSET keeps this as a look-up by key.
            SELECT account_id, called_at, id FROM tracking.activity_identity
            WHERE account_id = u.account_id AND id = u.id OFFSET 0
        ) i
    ), marked AS (
        UPDATE tracking.activities a SET redacted_at = now(), redaction_run_id = m.run_id
        FROM found m
        WHERE a.account_id = m.account_id AND a.called_at = m.called_at AND a.id = m.id
            AND a.xmin = pg_current_xact_id_if_assigned()::xid AND num_nulls(a.redacted_at) <> 0
            AND num_nonnulls({% for column in personal %}a.{{ column }}{{ ", " if not loop.last }}{% endfor %}) = 0
        RETURNING a.account_id, a.id, a.redaction_run_id
    ), waiting AS (
        -- Objects from before its row was gone. Those of a new activity are recorded later.
        INSERT INTO tracking.redacted_at_source (account_id, activity_id)
        SELECT m.account_id, m.id FROM marked m
        WHERE m.redaction_run_id IS NULL AND EXISTS (
            SELECT FROM tracking.objects o WHERE o.account_id = m.account_id AND o.activity_id = m.id AND o.due_since IS NULL
        )
        ON CONFLICT DO NOTHING
    )
    SELECT count(*) FROM marked
$body$;
REVOKE ALL ON FUNCTION tracking.come_in_redacted(bigint[], bigint[], bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tracking.come_in_redacted(bigint[], bigint[], bigint[]) TO redaction_loader;

-- Holds on contacts keep the activities that come in redacted, by their ids: their rows have no contact. Returns the
-- number of those kept.
CREATE OR REPLACE FUNCTION tracking.hold_redacted(accounts bigint[], ids bigint[], contacts text[]) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
    WITH held AS (
        INSERT INTO redaction.held_activities (account_id, activity_id, hold_id)
        SELECT DISTINCT u.account_id, u.id, h.hold_id
        FROM unnest(accounts, ids, contacts) AS u (account_id, id, contact)
        JOIN tracking.held_contacts h ON h.account_id = u.account_id AND h.contact_key = u.contact
        ON CONFLICT DO NOTHING
        RETURNING activity_id
    )
    SELECT count(DISTINCT activity_id) FROM held
$body$;
REVOKE ALL ON FUNCTION tracking.hold_redacted(bigint[], bigint[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tracking.hold_redacted(bigint[], bigint[], text[]) TO redaction_loader;

-- Gives a run those activities of its set that had come in redacted and that no hold keeps: it redacts their objects.
-- Returns their number.
CREATE OR REPLACE FUNCTION redaction.claim_redacted(for_run bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    run redaction.runs;
    claimed bigint;
    digested numeric;
BEGIN
    SELECT * INTO STRICT run FROM redaction.runs r WHERE r.id = for_run;
    PERFORM redaction.enter_strip(run.account_id, for_run);
    WITH found AS MATERIALIZED (
        SELECT i.called_at, u.id
        FROM redaction.run_batches b
        CROSS JOIN LATERAL unnest(b.activity_ids) AS u (id)
        CROSS JOIN LATERAL (
            -- The OFFSET keeps this as a look-up by key.
            SELECT called_at FROM tracking.activity_identity WHERE account_id = run.account_id AND id = u.id OFFSET 0
        ) i
        WHERE b.run_id = for_run
    ), claimed AS (
        UPDATE tracking.activities a SET redaction_run_id = for_run
        FROM found f
        WHERE a.account_id = run.account_id AND a.called_at = f.called_at AND a.id = f.id
          AND {% include "select/_waits_at_source.sql" %}

          AND NOT {% with account = "run.account_id" %}{% include "select/_held.sql" %}{% endwith %}

        RETURNING a.*
    )
    SELECT count(*), coalesce(sum({% include "strip/_retained_row.sql" %}), 0) INTO claimed, digested FROM claimed a;
    UPDATE redaction.runs r SET stripped_count = r.stripped_count + claimed, stripped_digest = r.stripped_digest + digested
    WHERE r.id = for_run AND claimed > 0;
    RETURN claimed;
END
$body$;
REVOKE ALL ON FUNCTION redaction.claim_redacted(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.claim_redacted(bigint) TO redaction_worker;
