-- name: read_deliveries(account_id)
-- Returns which activities of an account each integration, by name, has received, and the ids of its records.
SELECT d.activity_id, i.name, d.external_id
FROM tracking.deliveries d JOIN tracking.integrations i ON i.id = d.integration_id
WHERE d.account_id = :account_id
