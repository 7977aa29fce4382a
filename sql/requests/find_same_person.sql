-- name: find_same_person(contact, account_ids)
-- Returns the open requests of the same number or address about one of some accounts.
SELECT c.request_id, r.kind
FROM redaction.request_contacts c JOIN redaction.requests r ON r.id = c.request_id
WHERE c.contact_key = :contact AND EXISTS (
    SELECT FROM redaction.request_accounts a
    WHERE a.request_id = c.request_id AND a.account_id = ANY(CAST(:account_ids AS bigint[]))
)
ORDER BY c.request_id
