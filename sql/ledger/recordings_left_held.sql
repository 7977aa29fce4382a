-- name: recordings_left_held(run_id, account_id)
-- Returns the ids of the activities whose recording a run's clock left because of holds, in order.
SELECT coalesce(array_agg(a.id ORDER BY a.id), '{}') AS ids
FROM redaction.runs r
JOIN tracking.activities a
  ON a.account_id = :account_id AND a.called_at >= r.cutoff AND a.called_at < r.recordings_cutoff
 AND a.redacted_at IS NULL AND a.recording_url IS NOT NULL AND {% include "select/_held.sql" %}

WHERE r.id = :run_id
