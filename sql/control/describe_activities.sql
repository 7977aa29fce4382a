-- name: describe_activities(account_id, ids)
-- Returns the existing ones of some activities of an account, with their state: kind, time, whether redacted with its objects, held,
-- number of objects, and a number that changes with the row. No personal value, nor anything computed from one.
SELECT a.id, a.kind, a.called_at, a.redacted_at IS NOT NULL AND NOT a.waits AS redacted,
       (a.redacted_at IS NULL OR a.waits) AND {% include "select/_held.sql" %} AS held,
       (SELECT count(*) FROM tracking.objects o WHERE o.account_id = :account_id AND o.activity_id = a.id) AS objects,
       CAST(a.xmin AS text) AS written_by
FROM (SELECT DISTINCT u.id FROM unnest(CAST(:ids AS bigint[])) AS u (id)) u
CROSS JOIN LATERAL (
    SELECT called_at FROM tracking.activity_identity WHERE account_id = :account_id AND id = u.id OFFSET 0
) i
CROSS JOIN LATERAL (
    SELECT a.*, a.xmin, {% include "select/_waits_at_source.sql" %} AS waits FROM tracking.activities a
    WHERE a.account_id = :account_id AND a.called_at = i.called_at AND a.id = u.id OFFSET 0
) a
ORDER BY a.id
