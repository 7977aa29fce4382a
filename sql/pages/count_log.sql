-- name: count_log(account_id, kinds, starts, ends, source, number, status, redacted, most)
-- Counts the activities that a log shows, up to `most`.
SELECT count(*) AS activities FROM (
    SELECT FROM tracking.activities a
    WHERE {% include "pages/_log_filter.sql" %}

    LIMIT :most
) a
