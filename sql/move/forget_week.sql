-- name: forget_week(account_id, start, end)
-- Removes the activities of an account of a week: at the new placement what an earlier try has left, at the old one what
-- has moved.
DELETE FROM tracking.activities WHERE account_id = :account_id AND called_at >= :start AND called_at < :end
