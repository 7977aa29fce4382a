-- name: list_due_objects(account_id)
-- Returns the ids of the objects of an account that are due, those that were tried least first: of files, and of what is
-- asked over a network. What lies outside every store is looked at again only after the stores have changed.
SELECT coalesce(array_agg(o.id ORDER BY o.tries, o.id) FILTER (WHERE o.address ~ '^(file:|/)'), '{}') AS files,
       coalesce(array_agg(o.id ORDER BY o.tries, o.id) FILTER (WHERE o.address !~ '^(file:|/)'), '{}') AS remote
FROM tracking.objects o
WHERE o.account_id = :account_id AND o.due_since IS NOT NULL
  AND (o.outcome IS DISTINCT FROM 'elsewhere' OR o.tried_at < (SELECT max(s.changed_at) FROM redaction.stores s))
