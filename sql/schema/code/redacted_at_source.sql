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
        RETURNING 1
    )
    SELECT count(*) FROM marked
$body$;
REVOKE ALL ON FUNCTION tracking.come_in_redacted(bigint[], bigint[], bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tracking.come_in_redacted(bigint[], bigint[], bigint[]) TO redaction_loader;
