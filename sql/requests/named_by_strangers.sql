-- name: named_by_strangers(account_id, own, numbers, addresses)
-- Returns which of some addresses, each by a number, are named by an activity outside `own` of the account: the owner
-- of such an object is uncertain.
SELECT DISTINCT u.number
FROM unnest(CAST(:numbers AS integer[]), CAST(:addresses AS text[])) AS u (number, address)
WHERE EXISTS (
    SELECT FROM tracking.objects x
    WHERE x.address = u.address AND (x.account_id <> :account_id OR x.activity_id <> ALL(CAST(:own AS bigint[])))
    OFFSET 0  -- a look-up for each address
)
