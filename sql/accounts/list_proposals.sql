-- name: list_proposals(account_id, agency_id)
-- Returns what was proposed within 30 days of an account, or of an agency, and nobody has answered, the first one first.
SELECT id, kind, account_id, agency_id, hold_id, asked, requested_by, requested_at
FROM redaction.proposals
WHERE decided_at IS NULL AND requested_at > clock_timestamp() - interval '30 days'
  AND (account_id = CAST(:account_id AS bigint) OR agency_id = CAST(:agency_id AS bigint))
ORDER BY id
