-- name: recipients_of_accounts(account_ids)
-- Returns the systems outside that receive personal fields of some accounts, by account and name.
SELECT i.account_id, i.name FROM tracking.integrations i
WHERE i.account_id = ANY(CAST(:account_ids AS bigint[])) AND cardinality(i.fields) > 0
UNION
SELECT r.account_id, r.name FROM tracking.notification_rules r
WHERE r.account_id = ANY(CAST(:account_ids AS bigint[])) AND cardinality(r.fields) > 0
ORDER BY 1, 2
