-- name: decide_proposal(id, approved, decided_by)
-- Answers what somebody else has proposed; the database refuses who cannot be the second person.
UPDATE redaction.proposals SET approved = :approved, decided_by = :decided_by, decided_at = clock_timestamp()
WHERE id = :id AND decided_at IS NULL
