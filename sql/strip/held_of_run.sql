-- name: held_of_run(run_id, account_id)
-- Returns the activities of a run's set that are not redacted yet and are held by now.
SELECT a.id
FROM redaction.run_activities r
CROSS JOIN LATERAL (
    SELECT a.* FROM tracking.activities a
    WHERE a.account_id = :account_id AND a.called_at = r.called_at AND a.id = r.activity_id OFFSET 0
) a
WHERE r.run_id = :run_id AND a.redacted_at IS NULL
  -- Once for all: almost never is anything held.
  AND EXISTS (SELECT FROM redaction.holds h WHERE h.account_id = :account_id AND h.released_at IS NULL)
  AND {% include "select/_held.sql" %}
ORDER BY a.id
