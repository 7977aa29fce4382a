-- name: give_half_of_days()
-- Gives the later half of the collected days to another connection, and returns them; of one day none.
UPDATE report_days SET given = true
WHERE day > (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY day) FROM report_days)
RETURNING day
