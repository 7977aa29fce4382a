-- name: list_unread_addresses(after, most)
-- Returns some addresses, of whichever accounts, that are not known to be looked up as they are, after the id of one.
SELECT o.id, o.address FROM tracking.objects o WHERE NOT o.canonical AND o.id > :after ORDER BY o.id LIMIT :most
FOR UPDATE OF o
