-- name: list_log(account_id, kinds, starts, ends, before_at, before_id, source, number, status, redacted, most)
-- Returns a page of an account's log, the latest first, from below a position on, by the index of the key: what the list
-- shows of each activity and no more. Filters that are NULL do not count.
SELECT {% include "pages/_log_row.sql" %}
FROM (
    SELECT * FROM tracking.activities a
    WHERE a.account_id = :account_id AND a.kind = ANY(CAST(:kinds AS text[]))
      AND a.called_at >= :starts AND a.called_at < :ends
      AND a.called_at <= :before_at AND (a.called_at, a.id) < (:before_at, :before_id)
      AND (CAST(:source AS text) IS NULL OR a.source = :source)
      AND (CAST(:number AS text) IS NULL OR a.tracking_number = :number)
      AND (CAST(:status AS text) IS NULL OR a.status = :status)
      AND (CAST(:redacted AS boolean) IS NULL OR (a.redacted_at IS NOT NULL) = :redacted)
    ORDER BY a.called_at DESC, a.id DESC LIMIT :most
) a
LEFT JOIN redaction.runs r ON r.id = a.redaction_run_id
ORDER BY a.called_at DESC, a.id DESC
