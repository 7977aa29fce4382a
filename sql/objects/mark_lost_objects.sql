-- name: mark_lost_objects()
-- Marks as due, for all accounts, the objects that no run will reach: those of a redacted activity, and those of an
-- activity whose row is gone, if an automatic run of the account would have redacted it. The time of a missing activity
-- is that of its identity, else the later time at which its object was recorded.
WITH runs AS MATERIALIZED (
    SELECT DISTINCT ON (r.account_id) r.account_id, r.id, r.cutoff FROM redaction.runs r
    WHERE r.state = 'succeeded' AND r.kind IN ('automatic', 'replay', 'closing') ORDER BY r.account_id, r.cutoff DESC
), lost AS MATERIALIZED (
    SELECT o.account_id, o.id, coalesce(a.redaction_run_id, r.id) AS run_id
    FROM tracking.objects o
    LEFT JOIN tracking.activity_identity i ON i.account_id = o.account_id AND i.id = o.activity_id
    LEFT JOIN tracking.activities a ON a.account_id = i.account_id AND a.called_at = i.called_at AND a.id = i.id
    LEFT JOIN runs r ON r.account_id = o.account_id
    WHERE o.due_since IS NULL
      AND ((a.redacted_at IS NOT NULL AND NOT {% include "select/_waits_at_source.sql" %}) OR (a.id IS NULL AND coalesce(i.called_at, o.recorded_at) < r.cutoff))
      -- The run that redacted it may still reach its objects.
      AND NOT EXISTS (
          SELECT FROM redaction.runs w
          WHERE w.id = a.redaction_run_id AND w.state NOT IN ('succeeded', 'failed', 'refused', 'abandoned')
      )
)
UPDATE tracking.objects o SET due_since = clock_timestamp(), run_id = l.run_id
FROM lost l WHERE o.account_id = l.account_id AND o.id = l.id
