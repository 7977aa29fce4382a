-- name: begin_batch()
-- Lets this transaction return before it is on the disk: the server writes it within a second, and `flush_commits`
-- waits for that. A batch of 8 MB stays in memory on its way through triggers and the update.
SELECT set_config('synchronous_commit', 'off', true), set_config('work_mem', '32MB', true)
