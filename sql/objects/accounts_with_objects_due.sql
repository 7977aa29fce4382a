-- name: accounts_with_objects_due()
-- Returns the accounts of which objects are due. One look into the index for each.
SELECT a.id FROM tracking.accounts a
WHERE a.whereabouts = 'here'
  AND EXISTS (SELECT FROM tracking.objects o WHERE o.account_id = a.id AND o.due_since IS NOT NULL)
ORDER BY a.id
