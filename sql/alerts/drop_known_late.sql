-- name: drop_known_late(whats, account_ids)
-- Forgets late things that are in order again.
DELETE FROM redaction.known_late k
USING unnest(CAST(:whats AS text[]), CAST(:account_ids AS bigint[])) AS n (what, account_id)
WHERE k.what = n.what AND k.account_id IS NOT DISTINCT FROM n.account_id
