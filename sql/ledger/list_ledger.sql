-- name: list_ledger(kind, account_id, actor, since, until, before, most)
-- Returns ledger rows below a position, newest first. NULL filters are ignored.
SELECT position, kind, account_id, run_id, actor, reason, facts, written_at, previous_hash, hash
FROM redaction.ledger
WHERE position < coalesce(CAST(:before AS bigint), 9223372036854775807)
  AND (CAST(:kind AS text) IS NULL OR kind = :kind)
  AND (CAST(:account_id AS bigint) IS NULL OR account_id = :account_id)
  AND (CAST(:actor AS text) IS NULL OR actor = :actor)
  AND (CAST(:since AS timestamptz) IS NULL OR written_at >= :since)
  AND (CAST(:until AS timestamptz) IS NULL OR written_at < :until)
ORDER BY position DESC LIMIT :most
