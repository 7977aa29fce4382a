-- name: recordings_left_out()
-- Returns how many rows of this transaction were sent with a recording that the clock has taken: the database left it
-- out.
SELECT CAST(coalesce(nullif(current_setting('redaction.recordings_left_out', true), ''), '0') AS bigint) AS rows
