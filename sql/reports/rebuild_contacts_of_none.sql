-- name: rebuild_contacts_of_none(account_id)
-- Replaces the report of contacts on days without contacts.
WITH firsts (contact_key, called_at) AS (
    SELECT CAST(NULL AS text), CAST(NULL AS timestamptz) WHERE false
)
{% include "reports/_rebuild_contacts.sql" %}
