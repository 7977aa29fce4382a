-- name: list_log_of_contact(account_id, kinds, contact, most)
-- Returns the latest activities of an account that have a number or an address, as `list_log` does; redacted ones have none.
WITH matched AS MATERIALIZED (
    SELECT a.* FROM tracking.activities a
    WHERE a.account_id = :account_id AND a.redacted_at IS NULL
      AND {% with contact = "CAST(:contact AS text)" %}{% include "control/_has_contact.sql" %}{% endwith %}

), latest AS (
    SELECT m.* FROM matched m WHERE m.kind = ANY(CAST(:kinds AS text[]))
    ORDER BY m.called_at DESC, m.id DESC LIMIT :most
)
SELECT {% include "pages/_log_row.sql" %}

FROM latest a LEFT JOIN redaction.runs r ON r.id = a.redaction_run_id
ORDER BY a.called_at DESC, a.id DESC
