-- name: writes_of_others()
-- Returns the transactions of others that have written and go on at this moment, how many of their sessions wait for a lock or a
-- file, how far the numbers of transactions are, and whether the server tells whose each is.
SELECT xids, waiting, latest, is_known FROM redaction.writes_of_others()
