-- name: forget_week(account_id, start, end)
-- Removes the activities of an account of a week: at the new placement what an earlier try has left, at the old one
-- what has moved. Fails for an account that is here.
SELECT tracking.remove_departed(:account_id, :start, :end) AS removed
