-- name: count_survivors(run_id, account_id, cutoff)
-- Counts the rows of the run's set that are still aged: their number, not the end of a cursor, decides success.
SELECT count(*) AS survivors
FROM redaction.run_activities r
JOIN tracking.activity_identity i ON i.account_id = :account_id AND i.id = r.activity_id
JOIN tracking.activities a ON a.account_id = i.account_id AND a.called_at = i.called_at AND a.id = i.id
WHERE r.run_id = :run_id AND {% include "redact/_aged.sql" %}
