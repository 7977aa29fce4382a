-- name: collect_contact_days_of_few(account_id)
-- Adds to the collected days, only for the report of contacts, the next day of each contact on one of them: whether the
-- contact is new or returning there may have changed. One look-up for each contact. The OFFSET keeps the planner from
-- planning each partition twice, for the minimum of an indexed column.
WITH following AS (
    SELECT (n.called_at AT TIME ZONE t.timezone)::date AS day
    FROM report_contacts m
    JOIN report_days d ON d.day = m.day
    JOIN tracking.accounts t ON t.id = :account_id
    CROSS JOIN LATERAL (
        SELECT min(f.called_at) AS called_at
        FROM (
            SELECT f.called_at
            FROM tracking.activities f
            WHERE f.account_id = :account_id AND f.contact_key = m.contact_key AND f.redacted_at IS NULL
              AND f.called_at >= d.start_at AND (f.called_at AT TIME ZONE t.timezone)::date > d.day
            OFFSET 0
        ) f
    ) n
    WHERE m.contact_key IS NOT NULL
)
{% include "reports/_add_days.sql" %}
