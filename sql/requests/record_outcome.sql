-- name: record_outcome(request_id, account_id, placement, run_id, outcome, failure, found)
-- Records the outcome of a request in an account: its last run and the run's placement, the failure, if any, and counts
-- (JSON).
UPDATE redaction.request_accounts
SET placement = :placement, run_id = :run_id, outcome = :outcome, failure = :failure, found = found || CAST(:found AS jsonb),
    changed_at = clock_timestamp()
WHERE request_id = :request_id AND account_id = :account_id
