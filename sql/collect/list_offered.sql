-- name: list_offered()
-- Returns the accounts that the source has for an agency and that do not exist here, newest first.
SELECT o.agency_id, o.account_id, o.name, o.found_at
FROM redaction.offered_accounts o
WHERE NOT EXISTS (SELECT FROM tracking.accounts a WHERE a.id = o.account_id)
ORDER BY o.found_at DESC, o.agency_id, o.account_id
