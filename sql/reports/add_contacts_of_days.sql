-- name: add_contacts_of_days(account_id)
-- Adds to `report_contacts` the contacts with unredacted activities on the days that are collected only for the report
-- of contacts.
INSERT INTO report_contacts (day, contact_key, missing)
SELECT d.day, a.contact_key, count(a.redacted_at)
FROM report_days d
JOIN tracking.accounts t ON t.id = :account_id
JOIN tracking.activities a ON a.account_id = :account_id
    AND a.called_at >= d.start_at AND a.called_at < d.end_at
    AND (a.called_at AT TIME ZONE t.timezone)::date = d.day
WHERE d.contacts_only AND (a.redacted_at IS NOT NULL OR a.contact_key IS NOT NULL)
GROUP BY d.day, a.contact_key
