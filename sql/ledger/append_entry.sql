-- name: append_entry(position, kind, account_id, run_id, actor, reason, facts, written_at, previous_hash, hash)
-- Appends a row to the ledger; the database refuses a row that does not follow the last one.
INSERT INTO redaction.ledger
    (position, kind, account_id, run_id, actor, reason, facts, written_at, previous_hash, hash)
VALUES (:position, :kind, :account_id, :run_id, :actor, :reason, CAST(:facts AS jsonb), :written_at, :previous_hash, :hash)
