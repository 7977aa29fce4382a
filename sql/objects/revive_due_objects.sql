-- name: revive_due_objects(account_id)
-- Gives the due objects of an account back to their activities if these exist and are not redacted.
SELECT tracking.revive_objects(array_agg(d.account_id), array_agg(d.activity_id))
FROM (
    SELECT DISTINCT o.account_id, o.activity_id FROM tracking.objects o
    WHERE o.account_id = :account_id AND o.due_since IS NOT NULL
) d
