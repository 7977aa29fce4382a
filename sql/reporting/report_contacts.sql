-- name: report_contacts(account_ids, first, last)
-- Returns unique, new and returning contacts by local day, and how many redacted activities are left out. NULL is
-- unknown.
SELECT day, sum(unique_contacts)::bigint AS unique_contacts, sum(new_contacts)::bigint AS new_contacts,
       sum(returning_contacts)::bigint AS returning_contacts, sum(missing)::bigint AS missing
FROM reporting.contacts_by_day
WHERE account_id = ANY(CAST(:account_ids AS bigint[])) AND day BETWEEN :first AND :last
GROUP BY day ORDER BY day
