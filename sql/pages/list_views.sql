-- name: list_views(account_id, viewed_by, before, most)
-- Returns the latest views with ids below the given one, of an account and by a person (NULL: of all, by all), in
-- descending order.
SELECT id, account_id, viewed_by, page, activities, viewed_at FROM redaction.view_log
WHERE (CAST(:account_id AS bigint) IS NULL OR account_id = :account_id)
  AND (CAST(:viewed_by AS text) IS NULL OR viewed_by = :viewed_by)
  AND (CAST(:before AS bigint) IS NULL OR id < :before)
ORDER BY id DESC LIMIT :most
