-- name: record_account_found(request_id, account_id, placement, found)
-- Keeps what was found of a person in an account, as counts, and the placement where it is now.
UPDATE redaction.request_accounts
SET found = CAST(:found AS jsonb), placement = CASE WHEN run_id IS NULL THEN :placement ELSE placement END
WHERE request_id = :request_id AND account_id = :account_id
