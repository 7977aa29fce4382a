-- name: compare_activities()
-- Tells of activities that are sent again which of them are here as they are sent, or redacted. The loader, which calls
-- it, learns no value. Nothing is locked: whoever writes by the answer checks again.
-- The type is created again with each catalog, for the columns of an operator's file.
DROP TYPE IF EXISTS tracking.sent_activity CASCADE;
CREATE TYPE tracking.sent_activity AS (
{% include "load/_columns.sql" %}
);
REVOKE ALL ON TYPE tracking.sent_activity FROM PUBLIC;
GRANT USAGE ON TYPE tracking.sent_activity TO redaction_loader;

-- Returns a row for each. An activity that is not here, or with another time, is neither; a copy without the time
-- at which its source has written it keeps the present time. The plan is kept for all batches of a load: it names every
-- partition, and making it takes as long as a thousand rows.
CREATE FUNCTION tracking.compare_activities(sent tracking.sent_activity[])
RETURNS TABLE (sent_account bigint, sent_id bigint, is_redacted boolean, is_same boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $body$
BEGIN
    RETURN QUERY
    SELECT s.account_id, s.id, a.redacted_at IS NOT NULL,
           -- The image of the values, as of rows that an update leaves as they are.
           CAST(ROW({% for column in copied %}{% if column == '"indexed_at"' %}CASE WHEN s.indexed_at IS NOT NULL THEN a.indexed_at END{% else %}a.{{ column }}{% endif %}{{ ", " if not loop.last }}{% endfor %}) AS tracking.sent_activity)
           *= s
    FROM unnest(sent) s
    LEFT JOIN LATERAL (
        -- The OFFSET keeps this as a look-up by key.
        SELECT t.* FROM tracking.activities t
        WHERE t.account_id = s.account_id AND t.called_at = s.called_at AND t.id = s.id
        OFFSET 0
    ) a ON true;
END
$body$;
REVOKE ALL ON FUNCTION tracking.compare_activities(tracking.sent_activity[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tracking.compare_activities(tracking.sent_activity[]) TO redaction_loader;
