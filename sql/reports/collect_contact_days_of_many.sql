-- name: collect_contact_days_of_many(account_id)
-- As collect_contact_days_of_few, for many contacts: it reads all unredacted activities of the account once.
WITH following AS (
    SELECT a.day
    FROM (
        SELECT (f.called_at AT TIME ZONE t.timezone)::date AS day,
               (lag(f.called_at) OVER (PARTITION BY f.contact_key ORDER BY f.called_at) AT TIME ZONE t.timezone)::date
                   AS day_before
        FROM tracking.activities f
        JOIN tracking.accounts t ON t.id = :account_id
        WHERE f.account_id = :account_id AND f.contact_key IS NOT NULL AND f.redacted_at IS NULL
    ) a
    JOIN report_days d ON d.day = a.day_before
    WHERE a.day > a.day_before
)
{% include "reports/_add_days.sql" %}
