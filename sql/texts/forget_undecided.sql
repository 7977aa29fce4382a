-- name: forget_undecided(account_id, digests)
-- Has some texts of an account wait for a decision no more.
DELETE FROM redaction.undecided_texts WHERE account_id = :account_id AND digest = ANY(CAST(:digests AS bytea[]))
