-- name: flush_commits()
-- Once the transaction of this statement has ended, all that ended before it is on the disk: it writes a message that says
-- nothing to the log, which is one and in order.
SELECT pg_logical_emit_message(true, 'redaction', '')
