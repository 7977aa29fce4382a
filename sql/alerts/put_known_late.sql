-- name: put_known_late(whats, account_ids)
-- Records that people were notified of some late things, each by its name and account (NULL: all).
INSERT INTO redaction.known_late (what, account_id)
SELECT n.what, n.account_id FROM unnest(CAST(:whats AS text[]), CAST(:account_ids AS bigint[])) AS n (what, account_id)
ON CONFLICT DO NOTHING
