-- name: decide_proposal(id, approved, decided_by)
-- Answers a proposal; the database refuses a person who cannot be the second one.
UPDATE redaction.proposals SET approved = :approved, decided_by = :decided_by, decided_at = clock_timestamp()
WHERE id = :id AND decided_at IS NULL
