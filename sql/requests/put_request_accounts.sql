-- name: put_request_accounts(request_id, account_ids, placements)
-- Records the accounts of a request, each with its placement.
INSERT INTO redaction.request_accounts (request_id, account_id, placement)
SELECT :request_id, u.account_id, u.placement
FROM unnest(CAST(:account_ids AS bigint[]), CAST(:placements AS text[])) AS u (account_id, placement)
