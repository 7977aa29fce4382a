-- name: put_administrator(account_id, username, may_hold, may_release, made_by)
-- Makes a person an administrator of an account. NULL keeps whether they may place or release holds; a new one may do
-- both. `made_by` is the person who appoints a new one; NULL if two people or the operator do.
INSERT INTO tracking.account_users AS u (account_id, username, may_hold, may_release, made_by)
SELECT :account_id, :username, coalesce(CAST(:may_hold AS boolean), true), coalesce(CAST(:may_release AS boolean), true),
       CASE WHEN CAST(:made_by AS text) IS NULL THEN '{}' ELSE array_append(coalesce((
           SELECT m.made_by FROM tracking.account_users m
           WHERE m.account_id = :account_id AND lower(btrim(m.username)) = lower(btrim(:made_by))
           ORDER BY m.username LIMIT 1
       ), '{}'), CAST(:made_by AS text)) END
ON CONFLICT (account_id, username) DO UPDATE
SET role = excluded.role, may_hold = coalesce(CAST(:may_hold AS boolean), u.may_hold),
    may_release = coalesce(CAST(:may_release AS boolean), u.may_release)
