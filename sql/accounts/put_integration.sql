-- name: put_integration(account_id, name, fields)
-- Records an integration and the personal categories that it receives.
INSERT INTO tracking.integrations (account_id, name, fields) VALUES (:account_id, :name, CAST(:fields AS text[]))
