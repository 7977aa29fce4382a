-- Adds the days `f.day` of the part `following` to the days to count, only for the report of contacts.
INSERT INTO report_days (day, start_at, end_at, contacts_only)
SELECT DISTINCT f.day, {% with day = "f.day" %}{% include "reports/_bounds_of_day.sql" %}{% endwith %}, true
FROM following f
JOIN tracking.accounts t ON t.id = :account_id
WHERE f.day IS NOT NULL
ON CONFLICT DO NOTHING
