-- name: rebuild_contacts_of_few(account_id)
-- Replaces the report of contacts on days with few contacts: one look-up for each.
WITH firsts AS MATERIALIZED (
    SELECT m.contact_key, f.called_at
    FROM (SELECT DISTINCT contact_key FROM report_contacts WHERE contact_key IS NOT NULL) m
    CROSS JOIN LATERAL (
        SELECT min(a.called_at) AS called_at
        FROM (
            SELECT a.called_at
            FROM tracking.activities a
            WHERE a.account_id = :account_id AND a.contact_key = m.contact_key AND a.redacted_at IS NULL
            OFFSET 0
        ) a
    ) f
)
{% include "reports/_rebuild_contacts.sql" %}
