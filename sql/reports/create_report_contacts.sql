-- name: create_report_contacts()
-- Makes the table of who is alive on the counted days, a row a contact and day, and of how many redacted activities they
-- miss (contact NULL); it goes with the transaction.
CREATE TEMPORARY TABLE report_contacts ON COMMIT DROP AS
SELECT day, contact_key, sum(redacted) AS missing
FROM report_rows
WHERE part = 'rest' AND (redacted > 0 OR contact_key IS NOT NULL)
GROUP BY day, contact_key
