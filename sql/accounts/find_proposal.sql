-- name: find_proposal(kind, account_id, agency_id, hold_id, asked)
-- Returns the first unanswered proposal of the last 30 days; no row if there is none.
SELECT id, requested_by FROM redaction.proposals
WHERE kind = :kind AND asked = CAST(:asked AS jsonb) AND decided_at IS NULL
  AND requested_at > clock_timestamp() - interval '30 days'
  AND account_id IS NOT DISTINCT FROM CAST(:account_id AS bigint)
  AND agency_id IS NOT DISTINCT FROM CAST(:agency_id AS bigint)
  AND hold_id IS NOT DISTINCT FROM CAST(:hold_id AS bigint)
ORDER BY id LIMIT 1
FOR UPDATE
