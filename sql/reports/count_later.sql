-- name: count_later(account_id, cutoff, most)
-- Returns how many unredacted activities an account has from the cutoff on; counting ends at `most`.
SELECT redaction.count_later(:account_id, :cutoff, :most) AS later
