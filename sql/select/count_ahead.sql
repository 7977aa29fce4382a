-- name: count_ahead(account_ids, cutoffs)
-- Counts by account and kind the activities dated ahead that a run at this cutoff of the account would redact, see
-- `due_ahead`, and their objects; and those that a hold keeps from it.
SELECT c.account_id, a.kind, count(*) FILTER (WHERE NOT a.held) AS activities, count(*) FILTER (WHERE a.held) AS held,
       CAST(coalesce(sum(o.objects) FILTER (WHERE NOT a.held), 0) AS bigint) AS objects
FROM unnest(CAST(:account_ids AS bigint[]), CAST(:cutoffs AS timestamptz[])) AS c (account_id, cutoff),
{% with account = "c.account_id", before = "c.cutoff" %}{% include "select/_ahead.sql" %}{% endwith %}

CROSS JOIN LATERAL (
    SELECT count(*) AS objects FROM tracking.objects o WHERE o.account_id = c.account_id AND o.activity_id = a.id
) o
WHERE f.account_id = c.account_id AND f.loaded_at < c.cutoff
GROUP BY c.account_id, a.kind
ORDER BY c.account_id, a.kind
