-- name: count_aside()
-- Counts the rows of the old table that are still to be brought over.
SELECT count(*) AS rows FROM tracking_before.activities
