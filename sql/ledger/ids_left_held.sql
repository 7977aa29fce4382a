-- name: ids_left_held(run_id, account_id)
-- Returns the ids that an automatic run left because of holds, in order; for a run that follows the source, only those
-- that the source has redacted.
SELECT coalesce(array_agg(a.id ORDER BY a.id), '{}') AS ids
FROM redaction.runs r
JOIN tracking.activities a ON {% with cutoff = "r.cutoff", holds = false %}{% include "select/_aged.sql" %}{% endwith %}
 AND {% include "select/_held.sql" %}

WHERE r.id = :run_id AND (r.kind <> 'source' OR EXISTS (
    SELECT FROM tracking.redacted_at_source s WHERE s.account_id = a.account_id AND s.activity_id = a.id
))
