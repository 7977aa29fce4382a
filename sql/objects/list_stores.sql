-- name: list_stores()
-- Returns every store, in the order of names.
SELECT {% include "objects/_stores.sql" %}
FROM redaction.stores s LEFT JOIN tracking.accounts a ON a.id = s.account_id
ORDER BY s.name
