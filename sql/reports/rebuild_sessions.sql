-- name: rebuild_sessions(account_id)
-- Replaces the rows of the collected days; redacted activities have no visitor left and are counted as missing.
WITH gone AS (
    DELETE FROM reporting.sessions WHERE account_id = :account_id AND day IN (SELECT day FROM report_days)
)
INSERT INTO reporting.sessions (account_id, day, sessions, activities, missing)
SELECT :account_id, day, count(DISTINCT visitor_sid) FILTER (WHERE NOT redacted),
       count(*) FILTER (WHERE has_visitor AND NOT redacted), count(*) FILTER (WHERE redacted)
FROM report_rows
GROUP BY day
HAVING bool_or(has_visitor OR redacted)
