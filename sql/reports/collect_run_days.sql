-- name: collect_run_days(run_id, account_id)
-- Collects the days of a run that are not collected yet.
INSERT INTO report_days (day, start_at, end_at)
SELECT d.day, {% with day = "d.day" %}{% include "reports/_bounds_of_day.sql" %}{% endwith %}

FROM redaction.run_days d, tracking.accounts t WHERE d.run_id = :run_id AND t.id = :account_id
ON CONFLICT (day) DO NOTHING
