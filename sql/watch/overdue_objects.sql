-- name: overdue_objects()
-- Returns by account the objects that are due and still in a store, and since when the oldest is due.
SELECT account_id, count(*) AS found, min(due_since) AS since
FROM tracking.objects
WHERE due_since IS NOT NULL AND (outcome IS NULL OR outcome = 'remains')
GROUP BY account_id ORDER BY account_id
