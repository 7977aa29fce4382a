-- name: give_half_of_days()
-- Gives the later half of the collected days to another connection, and returns them; a single day is not given.
UPDATE report_days SET given = true
WHERE day > (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY day) FROM report_days)
RETURNING day
