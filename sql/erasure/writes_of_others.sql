-- name: writes_of_others()
-- Returns the other sessions' transactions that have written and are still open, how many of these sessions wait for a
-- lock or a file, the present number of transactions, and whether the server says whose each is.
SELECT xids, waiting, latest, is_known FROM redaction.writes_of_others()
