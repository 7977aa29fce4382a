-- name: list_request_accounts(request_id)
-- Returns the accounts of a request, with what was found in each and its outcome.
SELECT account_id, placement, found, run_id, outcome, failure, changed_at
FROM redaction.request_accounts WHERE request_id = :request_id ORDER BY account_id
