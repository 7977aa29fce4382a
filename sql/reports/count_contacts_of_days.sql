-- name: count_contacts_of_days(most)
-- Returns how many rows of `report_contacts` name a contact; counting ends at `most`.
SELECT count(*) AS contacts FROM (SELECT FROM report_contacts WHERE contact_key IS NOT NULL LIMIT :most) c
