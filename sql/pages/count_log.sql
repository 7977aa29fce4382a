-- name: count_log(account_id, kinds, starts, ends, source, number, status, redacted, most)
-- Counts the activities that a log shows among the latest `most`, and the number of these: fewer, if the log has no
-- more. Without a filter it reads an index; with filters it reads no more rows than that.
SELECT count(*) FILTER (WHERE {% include "pages/_log_filter.sql" %}
) AS activities, count(*) AS looked_at
FROM (
    SELECT a.source, a.tracking_number, a.status, a.redacted_at FROM tracking.activities a
    WHERE {% include "pages/_log_range.sql" %}

    ORDER BY a.called_at DESC, a.id DESC LIMIT :most
) a
