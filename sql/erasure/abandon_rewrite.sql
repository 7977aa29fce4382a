-- name: abandon_rewrite(partition_name, lock_ms)
-- Removes what a rewrite that is given up has made beside the partition; does nothing for who does not rewrite it.
SELECT redaction.abandon_rewrite(:partition_name, :lock_ms)
