-- name: named_by_other_account(account_id, addresses)
-- Says whether an activity of another account names one of the addresses: the owner of the object is then uncertain.
SELECT EXISTS (
    SELECT FROM tracking.objects x WHERE x.address = ANY(CAST(:addresses AS text[])) AND x.account_id <> :account_id
) AS named
