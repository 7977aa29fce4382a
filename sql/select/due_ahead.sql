-- name: due_ahead(account_id, before)
-- Returns the activities of an account that were dated more than a day ahead when they were loaded, before an instant,
-- are still ahead of it, are not redacted, and are not held.
SELECT a.id
FROM {% with account = ":account_id", before = ":before" %}{% include "select/_ahead.sql" %}{% endwith %}

WHERE f.account_id = :account_id AND f.loaded_at < :before AND NOT a.held
ORDER BY a.id
