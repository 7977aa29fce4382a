-- name: list_changes(account_id, most)
-- Returns who changed which settings of an account, from what and to what, the latest first.
SELECT written_at, actor, facts -> 'before' AS before, facts -> 'after' AS after
FROM redaction.ledger WHERE kind = 'setting' AND account_id = :account_id
ORDER BY position DESC LIMIT :most
