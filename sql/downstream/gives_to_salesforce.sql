-- name: gives_to_salesforce(account_id)
-- Does an account have an integration of Salesforce that receives fields?
SELECT EXISTS (
    SELECT FROM tracking.integrations
    WHERE account_id = :account_id AND cardinality(fields) > 0 AND lower(name) LIKE 'salesforce%'
) AS gives
