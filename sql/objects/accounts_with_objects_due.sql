-- name: accounts_with_objects_due()
-- Returns the accounts with due objects, and those with outcomes to record in the ledger. One look-up for each.
SELECT a.id FROM tracking.accounts a
WHERE a.whereabouts = 'here' AND (
    EXISTS (SELECT FROM tracking.objects o WHERE o.account_id = a.id AND o.due_since IS NOT NULL)
    OR EXISTS (
        SELECT FROM redaction.runs r
        WHERE r.account_id = a.id AND r.state = 'succeeded' AND r.objects IS DISTINCT FROM r.objects_told
    )
)
ORDER BY a.id
