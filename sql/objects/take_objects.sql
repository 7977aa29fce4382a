-- name: take_objects(account_id, ids)
-- Locks some objects of an account that are due and returns them: the address, whether a hold keeps it, and whether another
-- activity that is not redacted, or is held, names it. Comes after `enter_strip`: what is not held then stays so.
SELECT o.id, o.activity_id, o.address, {% with object = "o" %}{% include "objects/_object_held.sql" %}{% endwith %} AS held,
       {% with naming = "x.address = o.address" %}{% include "objects/_named_by_another.sql" %}{% endwith %} AS named
FROM tracking.objects o
WHERE o.account_id = :account_id AND o.id = ANY(CAST(:ids AS bigint[])) AND o.due_since IS NOT NULL
ORDER BY o.tries, o.id
FOR UPDATE OF o
