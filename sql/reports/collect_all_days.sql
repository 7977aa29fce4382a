-- name: collect_all_days(account_id)
-- Collects every day on which an account has activities, reports or marks, and removes the marks.
WITH marked AS (
    DELETE FROM reporting.stale_days s
    USING (
        SELECT account_id, day FROM reporting.stale_days WHERE account_id = :account_id FOR UPDATE SKIP LOCKED
    ) free
    WHERE s.account_id = free.account_id AND s.day = free.day
    RETURNING s.day
), days AS (
    SELECT day FROM marked
    UNION SELECT day FROM reporting.activity_by_hour WHERE account_id = :account_id
    UNION
    SELECT (a.called_at AT TIME ZONE t.timezone)::date
    FROM tracking.activities a JOIN tracking.accounts t ON t.id = a.account_id WHERE a.account_id = :account_id
)
INSERT INTO report_days (day, start_at, end_at)
SELECT d.day, {% with day = "d.day" %}{% include "reports/_bounds_of_day.sql" %}{% endwith %}

FROM days d, tracking.accounts t WHERE t.id = :account_id
