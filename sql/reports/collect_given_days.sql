-- name: collect_given_days(account_id, days)
-- Collects the days that another connection has given to this one.
INSERT INTO report_days (day, start_at, end_at)
SELECT d.day, {% with day = "d.day" %}{% include "reports/_bounds_of_day.sql" %}{% endwith %}

FROM unnest(CAST(:days AS date[])) AS d (day), tracking.accounts t WHERE t.id = :account_id
