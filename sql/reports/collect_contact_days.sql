-- name: collect_contact_days(account_id)
-- Adds to the collected days, for the report of contacts alone, the next day of each contact who is alive on one of
-- them: what he is there, new or returning, may have changed. Few contacts are looked up one by one, which costs what
-- they are; from 2,000 on all that the account still has is read through once, which costs no more however many.
WITH met AS MATERIALIZED (
    SELECT DISTINCT day, contact_key FROM report_rows WHERE part = 'rest' AND contact_key IS NOT NULL
), size AS MATERIALIZED (
    SELECT count(*) >= 2000 AS many FROM met
), following AS (
    SELECT (n.called_at AT TIME ZONE t.timezone)::date AS day
    FROM met m
    JOIN report_days d ON d.day = m.day
    JOIN tracking.accounts t ON t.id = :account_id
    CROSS JOIN LATERAL (
        SELECT min(f.called_at) AS called_at
        FROM tracking.activities f
        WHERE f.account_id = :account_id AND f.contact_key = m.contact_key AND f.redacted_at IS NULL
          AND f.called_at >= d.start_at AND (f.called_at AT TIME ZONE t.timezone)::date > d.day
    ) n
    WHERE NOT (SELECT many FROM size)
    UNION ALL
    SELECT a.day
    FROM (
        SELECT (f.called_at AT TIME ZONE t.timezone)::date AS day,
               (lag(f.called_at) OVER (PARTITION BY f.contact_key ORDER BY f.called_at) AT TIME ZONE t.timezone)::date
                   AS day_before
        FROM tracking.activities f
        JOIN tracking.accounts t ON t.id = :account_id
        WHERE f.account_id = :account_id AND f.contact_key IS NOT NULL AND f.redacted_at IS NULL
          AND (SELECT many FROM size)
    ) a
    JOIN report_days d ON d.day = a.day_before
    WHERE a.day > a.day_before
)
INSERT INTO report_days (day, start_at, end_at, contacts_only)
SELECT DISTINCT f.day, {% with day = "f.day" %}{% include "reports/_bounds_of_day.sql" %}{% endwith %}, true
FROM following f
JOIN tracking.accounts t ON t.id = :account_id
WHERE f.day IS NOT NULL
ON CONFLICT DO NOTHING
