-- name: restore_store(id, name, prefix, connection, mode, agency_id, account_id, template, method, body)
-- Restores a store under its id, from the ledger.
INSERT INTO redaction.stores (id, name, prefix, connection, mode, agency_id, account_id, template, method, body)
VALUES (:id, :name, :prefix, :connection, :mode, :agency_id, :account_id, :template, :method, :body)
ON CONFLICT (id) DO UPDATE
SET name = excluded.name, prefix = excluded.prefix, connection = excluded.connection, mode = excluded.mode,
    agency_id = excluded.agency_id, account_id = excluded.account_id, template = excluded.template,
    method = excluded.method, body = excluded.body, changed_at = excluded.changed_at
