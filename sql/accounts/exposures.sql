-- name: exposures(account_id)
-- Returns the notification rules and integrations that have received personal fields of an account, which a strip here
-- cannot erase.
SELECT 'notification rule' AS what, id, name, fields FROM tracking.notification_rules
WHERE account_id = :account_id AND cardinality(fields) > 0
UNION ALL
SELECT 'integration', id, name, fields FROM tracking.integrations
WHERE account_id = :account_id AND cardinality(fields) > 0
ORDER BY 1, 2
