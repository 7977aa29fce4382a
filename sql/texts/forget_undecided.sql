-- name: forget_undecided(account_id, digests)
-- Removes some texts of an account from those that wait for a decision.
DELETE FROM redaction.undecided_texts WHERE account_id = :account_id AND digest = ANY(CAST(:digests AS bytea[]))
