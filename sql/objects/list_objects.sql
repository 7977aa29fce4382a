-- name: list_objects(account_id, run_id, most)
-- Returns objects that are due and not deleted (of an account or a run; NULL: of all), without their addresses.
SELECT o.id, o.account_id, o.activity_id, o.run_id, o.outcome, o.reason, o.place, o.store, o.due_since, o.until, o.tries,
       o.tried_at
FROM tracking.objects o
WHERE o.due_since IS NOT NULL AND (CAST(:account_id AS bigint) IS NULL OR o.account_id = :account_id)
  AND (CAST(:run_id AS bigint) IS NULL OR o.run_id = :run_id)
ORDER BY o.id LIMIT :most
