-- name: rebuild_contacts(account_id)
-- Replaces the rows of the collected days: a contact is new on the local day of its first living activity, returning
-- on later ones; redacted activities have no contact left and are counted as missing. The first activity of few
-- contacts is looked up one by one, of many read through: see collect_contact_days.
WITH gone AS (
    DELETE FROM reporting.contacts WHERE account_id = :account_id AND day IN (SELECT day FROM report_days)
), present AS MATERIALIZED (
    SELECT day, contact_key, sum(redacted) AS missing
    FROM report_rows
    WHERE part = 'rest' AND (redacted > 0 OR contact_key IS NOT NULL)
    GROUP BY day, contact_key
    UNION ALL
    SELECT d.day, a.contact_key, count(a.redacted_at)
    FROM report_days d
    JOIN tracking.accounts t ON t.id = :account_id
    JOIN tracking.activities a ON a.account_id = :account_id
        AND a.called_at >= d.start_at AND a.called_at < d.end_at
        AND (a.called_at AT TIME ZONE t.timezone)::date = d.day
    WHERE d.contacts_only AND (a.redacted_at IS NOT NULL OR a.contact_key IS NOT NULL)
    GROUP BY d.day, a.contact_key
), met AS MATERIALIZED (
    SELECT DISTINCT contact_key FROM present WHERE contact_key IS NOT NULL
), size AS MATERIALIZED (
    SELECT count(*) >= 2000 AS many FROM met
), firsts AS MATERIALIZED (
    SELECT m.contact_key, f.called_at
    FROM met m
    CROSS JOIN LATERAL (
        SELECT min(a.called_at) AS called_at
        FROM tracking.activities a
        WHERE a.account_id = :account_id AND a.contact_key = m.contact_key AND a.redacted_at IS NULL
    ) f
    WHERE NOT (SELECT many FROM size)
    UNION ALL
    SELECT a.contact_key, min(a.called_at)
    FROM tracking.activities a
    WHERE a.account_id = :account_id AND a.contact_key IS NOT NULL AND a.redacted_at IS NULL
      AND (SELECT many FROM size)
    GROUP BY a.contact_key
)
INSERT INTO reporting.contacts (account_id, day, unique_contacts, new_contacts, returning_contacts, missing)
SELECT :account_id, p.day, count(p.contact_key), count(*) FILTER (WHERE f.day = p.day),
       count(*) FILTER (WHERE f.day < p.day), sum(p.missing)
FROM present p
LEFT JOIN (
    SELECT f.contact_key, (f.called_at AT TIME ZONE t.timezone)::date AS day
    FROM firsts f JOIN tracking.accounts t ON t.id = :account_id
) f ON f.contact_key = p.contact_key
GROUP BY p.day
