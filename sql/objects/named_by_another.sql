-- name: named_by_another(account_id, ids, addresses)
-- Of some objects, each with another spelling of its address, returns those that an activity which is not redacted, or
-- is held, names by that spelling.
SELECT o.id
FROM unnest(CAST(:ids AS bigint[]), CAST(:addresses AS text[])) AS asked (id, address)
JOIN tracking.objects o ON o.account_id = :account_id AND o.id = asked.id
WHERE {% with address = "asked.address" %}{% include "objects/_named_by_another.sql" %}{% endwith %}

