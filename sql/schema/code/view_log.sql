-- name: view_log()
-- Rows of the record of views of personal data are deleted only by age, and never before thirty days: nobody can delete
-- the trace that they have just left.
CREATE OR REPLACE FUNCTION redaction.drop_views(days integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
    WITH gone AS (
        DELETE FROM redaction.view_log v WHERE v.viewed_at < now() - make_interval(days => greatest(days, 30)) RETURNING v.id
    )
    SELECT count(*) FROM gone
$body$;
REVOKE ALL ON FUNCTION redaction.drop_views(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.drop_views(integer) TO redaction_worker;
