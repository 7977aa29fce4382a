-- name: collect_stale_days(account_id)
-- Collects the days of an account that changed since the last rebuild, and removes their marks. A mark that a loader
-- holds now is left for the next rebuild, because its rows are not visible yet.
WITH marked AS (
    DELETE FROM reporting.stale_days s
    USING (
        SELECT account_id, day FROM reporting.stale_days WHERE account_id = :account_id FOR UPDATE SKIP LOCKED
    ) free
    WHERE s.account_id = free.account_id AND s.day = free.day
    RETURNING s.day
)
INSERT INTO report_days (day, start_at, end_at)
SELECT d.day, {% with day = "d.day" %}{% include "reports/_bounds_of_day.sql" %}{% endwith %}

FROM marked d, tracking.accounts t WHERE t.id = :account_id
