-- name: rebuild_sessions(account_id)
-- Replaces the rows of the collected days; redacted activities have no visitor and count as missing.
WITH gone AS (
    DELETE FROM reporting.sessions WHERE account_id = :account_id AND day IN (SELECT day FROM report_days)
)
INSERT INTO reporting.sessions (account_id, day, sessions, activities, missing)
SELECT :account_id, day, count(visitor_sid), coalesce(sum(visits), 0), sum(redacted)
FROM (
    SELECT day, visitor_sid, sum(activities) FILTER (WHERE has_visitor) AS visits, sum(redacted) AS redacted
    FROM report_rows
    WHERE part = 'rest' AND (has_visitor OR redacted > 0)
    GROUP BY day, visitor_sid
) visitors
GROUP BY day
