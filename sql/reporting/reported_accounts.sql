-- name: reported_accounts(account_id, agency_id)
-- Returns one account, or those of an agency: names, time zone, the latest local day with an activity, how many local
-- days have changed since they were last counted, and whether this login may see which days: an analyst's may not.
SELECT account_id, account, agency_id, agency, time_zone, last_day, days_to_count,
       pg_has_role(session_user, 'redaction_worker', 'MEMBER') AS sees_days_to_count
FROM reporting.accounts
WHERE account_id = CAST(:account_id AS bigint) OR agency_id = CAST(:agency_id AS bigint)
ORDER BY account_id
