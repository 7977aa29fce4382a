-- name: list_unread_addresses(most)
-- Returns some addresses, of whichever accounts, that are not known to have the one spelling.
SELECT o.account_id, o.id, o.address FROM tracking.objects o WHERE NOT o.canonical ORDER BY o.id LIMIT :most
FOR UPDATE OF o
