-- name: count_common_names()
-- Counts, by account, the callers' names that turned out to be words of the business.
SELECT account_id, count(*) AS found FROM redaction.common_names GROUP BY account_id ORDER BY account_id
