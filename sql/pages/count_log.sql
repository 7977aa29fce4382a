-- name: count_log(account_id, kinds, starts, ends, source, number, status, redacted, most)
-- Counts the activities that a log shows among the latest `most`, and how many these are: fewer, if it has no more. Without
-- a filter that is a look at an index; with one no more rows are read than that.
SELECT count(*) FILTER (WHERE {% include "pages/_log_filter.sql" %}
) AS activities, count(*) AS looked_at
FROM (
    SELECT a.source, a.tracking_number, a.status, a.redacted_at FROM tracking.activities a
    WHERE {% include "pages/_log_range.sql" %}

    ORDER BY a.called_at DESC, a.id DESC LIMIT :most
) a
