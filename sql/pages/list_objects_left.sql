-- name: list_objects_left(account_id, most)
-- Returns how many objects of each run are due and not deleted (of an account; NULL: of all), by outcome (NULL: not
-- tried yet) and place, newest runs first.
SELECT o.run_id, o.account_id, o.outcome, coalesce(o.store, o.place) AS place, count(*) AS objects
FROM tracking.objects o
WHERE o.due_since IS NOT NULL AND o.run_id IS NOT NULL
  AND (CAST(:account_id AS bigint) IS NULL OR o.account_id = :account_id)
GROUP BY 1, 2, 3, 4 ORDER BY o.run_id DESC, 3, 4 LIMIT :most
