-- name: rebuild_contacts_of_many(account_id)
-- Replaces the report of contacts on days with many contacts: it reads all unredacted activities of the account once.
WITH firsts AS MATERIALIZED (
    SELECT a.contact_key, min(a.called_at) AS called_at
    FROM tracking.activities a
    WHERE a.account_id = :account_id AND a.contact_key IS NOT NULL AND a.redacted_at IS NULL
    GROUP BY a.contact_key
)
{% include "reports/_rebuild_contacts.sql" %}
