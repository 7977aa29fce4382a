-- name: list_due_objects(account_id)
-- Returns the ids of an account's due objects, the least tried first: of files, and of objects that need a network. An
-- object outside every store is only tried again after the stores have changed.
SELECT coalesce(array_agg(o.id ORDER BY o.tries, o.id) FILTER (WHERE o.address ~ '^(file:|/)'), '{}') AS files,
       coalesce(array_agg(o.id ORDER BY o.tries, o.id) FILTER (WHERE o.address !~ '^(file:|/)'), '{}') AS remote
FROM tracking.objects o
WHERE o.account_id = :account_id AND o.due_since IS NOT NULL
  AND (o.outcome IS DISTINCT FROM 'elsewhere' OR o.tried_at < (SELECT max(s.changed_at) FROM redaction.stores s))
