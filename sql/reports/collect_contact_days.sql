-- name: collect_contact_days(account_id)
-- Adds to the collected days, for the report of contacts alone, the next day of each contact who is alive on one of
-- them: what he is there, new or returning, may have changed.
INSERT INTO report_days (day, start_at, end_at)
SELECT DISTINCT n.day, n.day::timestamp AT TIME ZONE t.timezone - interval '3 hours',
       (n.day + 1)::timestamp AT TIME ZONE t.timezone + interval '3 hours'
FROM tracking.accounts t
CROSS JOIN LATERAL (
    SELECT DISTINCT a.contact_key, d.day, d.end_at - interval '3 hours' AS end_at
    FROM report_days d
    JOIN tracking.activities a ON a.account_id = :account_id
        AND a.called_at >= d.start_at AND a.called_at < d.end_at AND a.redacted_at IS NULL
        AND a.contact_key IS NOT NULL AND (a.called_at AT TIME ZONE t.timezone)::date = d.day
) c
CROSS JOIN LATERAL (
    SELECT (min(f.called_at) AT TIME ZONE t.timezone)::date AS day
    FROM tracking.activities f
    WHERE f.account_id = :account_id AND f.contact_key = c.contact_key AND f.called_at >= c.end_at
      AND f.redacted_at IS NULL
) n
WHERE t.id = :account_id AND n.day IS NOT NULL
ON CONFLICT DO NOTHING
