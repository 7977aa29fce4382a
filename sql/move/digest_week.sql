-- name: digest_week(account_id, start, end)
-- Returns how many activities an account has in a week, and a digest of all their columns; it is compared, never
-- stored.
SELECT count(*) AS activities, coalesce(sum(hash_record_extended(ROW(
    {{ (keys + retained + personal) | join(", ") }}, redacted_at
), 0)), 0)::text AS digest
FROM tracking.activities WHERE account_id = :account_id AND called_at >= :start AND called_at < :end
