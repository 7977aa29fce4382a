-- name: take_objects(account_id, ids)
-- Locks some due objects of an account and returns them: the address, and whether a hold keeps it. It must follow
-- `enter_strip`, so that what is not held stays so. An object whose activity was just sent again is skipped, unless the
-- clock has taken it.
SELECT o.id, o.activity_id, o.address, {% with object = "o" %}{% include "objects/_object_held.sql" %}{% endwith %} AS held
FROM tracking.objects o
WHERE o.account_id = :account_id AND o.id = ANY(CAST(:ids AS bigint[])) AND o.due_since IS NOT NULL AND (
    {% with object = "o" %}{% include "objects/_taken.sql" %}{% endwith %}

    OR NOT EXISTS (
    SELECT FROM tracking.activity_identity i
    CROSS JOIN LATERAL (
        SELECT redacted_at FROM tracking.activities
        WHERE account_id = i.account_id AND called_at = i.called_at AND id = i.id OFFSET 0
    ) a
    WHERE i.account_id = o.account_id AND i.id = o.activity_id AND a.redacted_at IS NULL
))
ORDER BY o.tries, o.id
FOR UPDATE OF o
