-- name: count_objects_left(account_id, run_id)
-- Returns how many objects of a run are still due, by outcome (NULL: not tried yet), store and place.
SELECT o.outcome, o.store, o.place, count(*) AS objects, min(o.until) AS until
FROM tracking.objects o WHERE o.account_id = :account_id AND o.run_id = :run_id AND o.due_since IS NOT NULL
GROUP BY o.outcome, o.store, o.place ORDER BY 1, 2, 3
