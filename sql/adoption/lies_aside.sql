-- name: lies_aside()
-- Says whether an old, unpartitioned table still exists, whether its rows were counted, and whether accounts came with
-- it; needs no privilege on any of them.
SELECT coalesce(bool_or(c.relname = 'activities'), false) AS aside,
       coalesce(bool_or(c.relname = 'adoption'), false) AS counted,
       coalesce(bool_or(c.relname = 'accounts'), false) AS has_accounts
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'tracking_before' AND c.relkind = 'r'
