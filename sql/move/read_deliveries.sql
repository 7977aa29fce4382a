-- name: read_deliveries(account_id)
-- Returns which activities of an account an integration, by its name, has received, and as which record there.
SELECT d.activity_id, i.name, d.external_id
FROM tracking.deliveries d JOIN tracking.integrations i ON i.id = d.integration_id
WHERE d.account_id = :account_id
