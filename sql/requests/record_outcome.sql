-- name: record_outcome(request_id, account_id, placement, run_id, outcome, failure, found)
-- Keeps what became of a request in an account: its last run and where that is, why it failed, if it did, and counts (JSON).
UPDATE redaction.request_accounts
SET placement = :placement, run_id = :run_id, outcome = :outcome, failure = :failure, found = found || CAST(:found AS jsonb),
    changed_at = clock_timestamp()
WHERE request_id = :request_id AND account_id = :account_id
