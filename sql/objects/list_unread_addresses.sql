-- name: list_unread_addresses(after, most)
-- Returns some addresses after an id, of all accounts, for which it is unknown whether a look-up finds them as
-- recorded.
SELECT o.id, o.address FROM tracking.objects o WHERE NOT o.canonical AND o.id > :after ORDER BY o.id LIMIT :most
FOR UPDATE OF o
