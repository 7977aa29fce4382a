-- name: restore_outcome(request_id, account_id, placement, run_id, outcome, failure, found, changed_at)
-- Restores the outcome of a request in an account, from the ledger row of its answer; without a placement the present
-- one stays.
UPDATE redaction.request_accounts
SET placement = coalesce(CAST(:placement AS text), placement), run_id = :run_id, outcome = :outcome, failure = :failure,
    found = found || CAST(:found AS jsonb), changed_at = :changed_at
WHERE request_id = :request_id AND account_id = :account_id
