-- name: last_redacted_day(account_id, agency_id)
-- Returns the latest local day with a redacted activity, of one account or of those of an agency; NULL if there is none.
SELECT max(h.day) AS day
FROM reporting.activity_by_hour h
JOIN tracking.accounts a ON a.id = h.account_id
WHERE h.redacted > 0 AND (a.id = CAST(:account_id AS bigint) OR a.agency_id = CAST(:agency_id AS bigint))
