-- name: rebuild_contacts(account_id)
-- Replaces the rows of the collected days: a contact is new on the local day of its first living activity, returning
-- on later ones; redacted activities have no contact left and are counted as missing.
WITH gone AS (
    DELETE FROM reporting.contacts WHERE account_id = :account_id AND day IN (SELECT day FROM report_days)
), present AS MATERIALIZED (
    SELECT d.day, a.contact_key, a.redacted_at IS NOT NULL AS redacted, count(*) AS activities
    FROM report_days d
    JOIN tracking.accounts t ON t.id = :account_id
    JOIN tracking.activities a ON a.account_id = :account_id
        AND a.called_at >= d.start_at AND a.called_at < d.end_at
        AND (a.called_at AT TIME ZONE t.timezone)::date = d.day
    GROUP BY d.day, a.contact_key, a.redacted_at IS NOT NULL
), firsts AS MATERIALIZED (
    SELECT c.contact_key, (f.called_at AT TIME ZONE t.timezone)::date AS day
    FROM (SELECT DISTINCT contact_key FROM present WHERE contact_key IS NOT NULL AND NOT redacted) c
    JOIN tracking.accounts t ON t.id = :account_id
    CROSS JOIN LATERAL (
        SELECT min(a.called_at) AS called_at
        FROM tracking.activities a
        WHERE a.account_id = :account_id AND a.contact_key = c.contact_key AND a.redacted_at IS NULL
    ) f
)
INSERT INTO reporting.contacts (account_id, day, unique_contacts, new_contacts, returning_contacts, missing)
SELECT :account_id, p.day, count(p.contact_key) FILTER (WHERE NOT p.redacted),
       count(*) FILTER (WHERE f.day = p.day), count(*) FILTER (WHERE f.day < p.day),
       coalesce(sum(p.activities) FILTER (WHERE p.redacted), 0)
FROM present p LEFT JOIN firsts f ON f.contact_key = p.contact_key AND NOT p.redacted
GROUP BY p.day
HAVING bool_or(p.redacted OR p.contact_key IS NOT NULL)
