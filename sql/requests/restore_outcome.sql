-- name: restore_outcome(request_id, account_id, placement, run_id, outcome, found, changed_at)
-- Puts back what became of a request in an account, as the ledger tells its answer; without a placement that stays.
UPDATE redaction.request_accounts
SET placement = coalesce(CAST(:placement AS text), placement), run_id = :run_id, outcome = :outcome,
    found = found || CAST(:found AS jsonb), changed_at = :changed_at
WHERE request_id = :request_id AND account_id = :account_id
