-- name: stores_of_account(account_id)
-- Returns the stores of an account: its own, those of its agency, and those of all.
SELECT {% include "objects/_stores.sql" %}
FROM redaction.stores s LEFT JOIN tracking.accounts a ON a.id = s.account_id
WHERE s.account_id = :account_id OR (s.account_id IS NULL AND (
    s.agency_id IS NULL OR s.agency_id = (SELECT agency_id FROM tracking.accounts WHERE id = :account_id)
))
ORDER BY s.name
