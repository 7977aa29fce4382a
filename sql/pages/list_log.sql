-- name: list_log(account_id, kinds, starts, ends, before_at, before_id, source, number, status, redacted, most)
-- Returns a page of an account's log, latest first, below a position, by the index of the key: only the columns that
-- the list shows.
SELECT {% include "pages/_log_row.sql" %}

FROM (
    SELECT * FROM tracking.activities a
    WHERE {% include "pages/_log_range.sql" %}

      AND {% include "pages/_log_filter.sql" %}
      AND a.called_at <= :before_at AND (a.called_at, a.id) < (:before_at, :before_id)
    ORDER BY a.called_at DESC, a.id DESC LIMIT :most
) a
LEFT JOIN redaction.runs r ON r.id = a.redaction_run_id
ORDER BY a.called_at DESC, a.id DESC
