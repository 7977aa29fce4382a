-- name: may_do_with_holds(account_id, username)
-- Says whether a person may place and may release holds of an account: an administrator who may do only one of them may
-- not do the other. Airflow and the operating system may spell one person's name in different cases.
SELECT coalesce(bool_and(may_hold), true) AS may_hold, coalesce(bool_and(may_release), true) AS may_release
FROM tracking.account_users
WHERE account_id = :account_id AND lower(btrim(username)) = lower(btrim(:username)) AND role = 'administrator'
