-- name: accounts_with_objects_due()
-- Returns the accounts of which objects are due, and those of which the ledger has to be told. One look for each.
SELECT a.id FROM tracking.accounts a
WHERE a.whereabouts = 'here' AND (
    EXISTS (SELECT FROM tracking.objects o WHERE o.account_id = a.id AND o.due_since IS NOT NULL)
    OR EXISTS (
        SELECT FROM redaction.runs r
        WHERE r.account_id = a.id AND r.state = 'succeeded' AND r.objects IS DISTINCT FROM r.objects_told
    )
)
ORDER BY a.id
