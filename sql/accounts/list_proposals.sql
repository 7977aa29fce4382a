-- name: list_proposals(account_id, agency_id)
-- Returns the unanswered proposals of the last 30 days about an account, or about an agency, oldest first.
SELECT id, kind, account_id, agency_id, hold_id, asked, requested_by, requested_at
FROM redaction.proposals
WHERE decided_at IS NULL AND requested_at > clock_timestamp() - interval '30 days'
  AND (account_id = CAST(:account_id AS bigint) OR agency_id = CAST(:agency_id AS bigint))
ORDER BY id
