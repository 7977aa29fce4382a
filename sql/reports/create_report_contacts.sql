-- name: create_report_contacts()
-- Creates the temporary table of the contacts on the counted days, a row a contact and day, and of the redacted
-- activities that are missing there (contact NULL); its transaction drops it.
CREATE TEMPORARY TABLE report_contacts ON COMMIT DROP AS
SELECT day, contact_key, sum(redacted) AS missing
FROM report_rows
WHERE part = 'rest' AND (redacted > 0 OR contact_key IS NOT NULL)
GROUP BY day, contact_key
