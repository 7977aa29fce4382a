-- name: changes_since(since)
-- Returns the settings of accounts and agencies before each change since an instant, latest change first.
SELECT account_id, CAST(facts ->> 'agency_id' AS bigint) AS agency_id, written_at, facts -> 'before' AS before
FROM redaction.ledger
WHERE kind = 'setting' AND written_at >= :since AND facts ? 'before'
ORDER BY position DESC
