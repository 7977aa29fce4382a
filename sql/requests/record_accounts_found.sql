-- name: record_accounts_found(request_id, account_ids, placements, found)
-- Records further facts about a person in some accounts (JSON), and the placement of each, or of its last run.
UPDATE redaction.request_accounts a
SET found = a.found || CAST(u.found AS jsonb), placement = CASE WHEN a.run_id IS NULL THEN u.placement ELSE a.placement END
FROM unnest(CAST(:account_ids AS bigint[]), CAST(:placements AS text[]), CAST(:found AS text[])) AS u (id, placement, found)
WHERE a.request_id = :request_id AND a.account_id = u.id
