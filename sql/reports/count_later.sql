-- name: count_later(account_id, cutoff, most)
-- Returns how many unredacted activities an account has from the cutoff on; counting ends at `most`.
SELECT count(*) AS later
FROM (
    SELECT FROM tracking.activities a
    WHERE a.account_id = :account_id AND a.called_at >= :cutoff AND a.redacted_at IS NULL
    LIMIT :most
) l
