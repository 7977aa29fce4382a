-- name: uncollected(agency_ids)
-- Returns the accounts of some agencies that the last collection did not fetch to their end, and since when.
SELECT f.account_id, 1 AS found, f.since
FROM redaction.collect_failures f JOIN tracking.accounts a ON a.id = f.account_id
WHERE a.agency_id = ANY(:agency_ids) AND a.closing_since IS NULL
ORDER BY f.account_id
