-- name: list_log_of_contact(account_id, kinds, contact, most)
-- Returns the latest activities of an account that have a number or an address, as `list_log` does; redacted ones have none.
-- Every look-up is by one of three indexes and stands alone (OFFSET), since of personal columns the planner knows nothing.
WITH met AS MATERIALIZED (
    SELECT * FROM (
        SELECT * FROM tracking.activities a
        WHERE a.account_id = :account_id AND a.contact_key = :contact AND a.redacted_at IS NULL OFFSET 0
    ) by_key
    UNION ALL
    SELECT * FROM (
        SELECT * FROM tracking.activities a
        WHERE a.contact_keys @> ARRAY[CAST(:contact AS text)] AND a.redacted_at IS NULL OFFSET 0
    ) by_keys
    UNION ALL
    SELECT * FROM (
        SELECT * FROM tracking.activities a
        WHERE a.emails @> ARRAY[CAST(:contact AS text)] AND a.redacted_at IS NULL OFFSET 0
    ) by_emails
), latest AS (
    SELECT DISTINCT ON (m.called_at, m.id) m.* FROM met m
    WHERE m.account_id = :account_id AND m.kind = ANY(CAST(:kinds AS text[]))
    ORDER BY m.called_at DESC, m.id DESC LIMIT :most
)
SELECT {% include "pages/_log_row.sql" %}

FROM latest a LEFT JOIN redaction.runs r ON r.id = a.redaction_run_id
ORDER BY a.called_at DESC, a.id DESC
