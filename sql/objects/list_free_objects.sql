-- name: list_free_objects(account_id)
-- Returns the activities of an account with due objects that nothing here keeps.
SELECT DISTINCT o.activity_id
FROM tracking.objects o
WHERE o.account_id = :account_id AND o.due_since IS NOT NULL
  AND NOT {% with object = "o" %}{% include "objects/_object_held.sql" %}{% endwith %}

  AND NOT {% with naming = "x.address = o.address" %}{% include "objects/_named_by_another.sql" %}{% endwith %}

ORDER BY o.activity_id
