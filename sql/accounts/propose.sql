-- name: propose(kind, account_id, agency_id, hold_id, asked, requested_by)
-- Proposes an act that needs a second administrator. Returns the proposal's id.
INSERT INTO redaction.proposals (kind, account_id, agency_id, hold_id, asked, requested_by)
VALUES (:kind, :account_id, :agency_id, :hold_id, CAST(:asked AS jsonb), :requested_by)
RETURNING id
