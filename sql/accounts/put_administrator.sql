-- name: put_administrator(account_id, username, may_hold, may_release)
-- Makes a person an administrator of an account. Whether they may place and may release holds stays as it is for NULL; a new
-- one may do both.
INSERT INTO tracking.account_users AS u (account_id, username, may_hold, may_release)
VALUES (:account_id, :username, coalesce(CAST(:may_hold AS boolean), true), coalesce(CAST(:may_release AS boolean), true))
ON CONFLICT (account_id, username) DO UPDATE
SET role = excluded.role, may_hold = coalesce(CAST(:may_hold AS boolean), u.may_hold),
    may_release = coalesce(CAST(:may_release AS boolean), u.may_release)
