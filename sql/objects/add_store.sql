-- name: add_store(name, prefix, connection, mode, agency_id, account_id, template, method, body)
-- Declares a store; returns its id.
INSERT INTO redaction.stores (name, prefix, connection, mode, agency_id, account_id, template, method, body)
VALUES (:name, :prefix, :connection, :mode, :agency_id, :account_id, :template, :method, :body)
RETURNING id
