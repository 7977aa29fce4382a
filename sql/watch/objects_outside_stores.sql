-- name: objects_outside_stores()
-- Returns by account the objects that are outside every store and that nobody has marked as erased there, and since
-- when.
SELECT account_id, count(*) AS found, min(due_since) AS since
FROM tracking.objects
WHERE due_since IS NOT NULL AND outcome = 'elsewhere'
GROUP BY account_id ORDER BY account_id
