-- name: put_known_late(whats, account_ids)
-- Keeps that people were told of some late things, each by what it is and its account (NULL: of all).
INSERT INTO redaction.known_late (what, account_id)
SELECT n.what, n.account_id FROM unnest(CAST(:whats AS text[]), CAST(:account_ids AS bigint[])) AS n (what, account_id)
ON CONFLICT DO NOTHING
