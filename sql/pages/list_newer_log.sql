-- name: list_newer_log(account_id, kinds, starts, ends, after_at, after_id, source, number, status, redacted, most)
-- Returns the page of an account's log above a position, latest first, as `list_log` does.
SELECT {% include "pages/_log_row.sql" %}

FROM (
    SELECT * FROM tracking.activities a
    WHERE {% include "pages/_log_range.sql" %}

      AND {% include "pages/_log_filter.sql" %}
      AND a.called_at >= :after_at AND (a.called_at, a.id) > (:after_at, :after_id)
    ORDER BY a.called_at, a.id LIMIT :most
) a
LEFT JOIN redaction.runs r ON r.id = a.redaction_run_id
ORDER BY a.called_at DESC, a.id DESC
