-- name: place_hold(account_id, scope, reason, placed_by)
-- Puts a hold into force; what it holds is added in the same transaction. Returns its id.
INSERT INTO redaction.holds (account_id, scope, reason, placed_by)
VALUES (:account_id, :scope, :reason, :placed_by)
RETURNING id
