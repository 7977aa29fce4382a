-- name: commit_later()
-- Lets this transaction return before it is on the disk: the server goes on meanwhile, and writes it within a second.
-- `flush_commits` says when it is.
SELECT set_config('synchronous_commit', 'off', true)
