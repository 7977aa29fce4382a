-- name: count_redacted(since)
-- Returns how many activities the runs that have ended since an instant have redacted.
SELECT coalesce(sum(r.stripped_count), 0)::bigint AS activities FROM redaction.runs r
WHERE r.finished_at >= :since AND r.state = 'succeeded'
