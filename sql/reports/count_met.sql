-- name: count_met(most)
-- Returns in how many rows of `report_contacts` somebody is met; counting ends at `most`.
SELECT count(*) AS met FROM (SELECT FROM report_contacts WHERE contact_key IS NOT NULL LIMIT :most) m
