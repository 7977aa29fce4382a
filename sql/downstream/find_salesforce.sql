-- name: find_salesforce(account_id)
-- Returns the account's Salesforce integration that receives fields, the first if there are several.
SELECT id, name FROM tracking.integrations
WHERE account_id = :account_id AND cardinality(fields) > 0 AND lower(name) LIKE 'salesforce%' ORDER BY id LIMIT 1
