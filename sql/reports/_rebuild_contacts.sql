-- Replaces the rows of the collected days: a contact is new on the local day of its first unredacted activity,
-- returning on later ones; redacted activities have no contact and count as missing. The part `firsts` has the first
-- activity of each contact on these days.
, gone AS (
    DELETE FROM reporting.contacts WHERE account_id = :account_id AND day IN (SELECT day FROM report_days)
)
INSERT INTO reporting.contacts (account_id, day, unique_contacts, new_contacts, returning_contacts, missing)
SELECT :account_id, p.day, count(p.contact_key), count(*) FILTER (WHERE f.day = p.day),
       count(*) FILTER (WHERE f.day < p.day), sum(p.missing)
FROM report_contacts p
LEFT JOIN (
    SELECT f.contact_key, (f.called_at AT TIME ZONE t.timezone)::date AS day
    FROM firsts f JOIN tracking.accounts t ON t.id = :account_id
) f ON f.contact_key = p.contact_key
GROUP BY p.day
