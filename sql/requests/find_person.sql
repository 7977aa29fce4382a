-- name: find_person(account_ids, contact)
-- Returns the activities of some accounts that have a number or an address and are not redacted, each once, with their state:
-- kind, time, whether held, how many objects, to how many systems outside they were delivered, and a number that changes
-- with the row; nothing personal. Every look-up is by one of three indexes and stands alone (OFFSET), since of personal
-- columns the planner knows nothing.
WITH met AS MATERIALIZED (
    SELECT * FROM (
        SELECT a.account_id, a.called_at, a.id FROM tracking.activities a
        WHERE a.account_id = ANY(CAST(:account_ids AS bigint[])) AND a.contact_key = :contact AND a.redacted_at IS NULL
        OFFSET 0
    ) by_key
    UNION
    SELECT * FROM (
        SELECT a.account_id, a.called_at, a.id FROM tracking.activities a
        WHERE a.contact_keys @> ARRAY[CAST(:contact AS text)] AND a.redacted_at IS NULL OFFSET 0
    ) by_keys
    UNION
    SELECT * FROM (
        SELECT a.account_id, a.called_at, a.id FROM tracking.activities a
        WHERE a.emails @> ARRAY[CAST(:contact AS text)] AND a.redacted_at IS NULL OFFSET 0
    ) by_emails
)
SELECT a.account_id, a.id, a.kind, a.called_at, false AS redacted,
       {% with account = "a.account_id" %}{% include "select/_held.sql" %}{% endwith %} AS held,
       (SELECT count(*) FROM tracking.objects o WHERE o.account_id = a.account_id AND o.activity_id = a.id) AS objects,
       (SELECT count(*) FROM tracking.deliveries d
        WHERE d.account_id = a.account_id AND d.activity_id = a.id) AS delivered,
       CAST(a.xmin AS text) AS written_by
FROM met m
CROSS JOIN LATERAL (
    SELECT a.*, a.xmin FROM tracking.activities a
    WHERE a.account_id = m.account_id AND a.called_at = m.called_at AND a.id = m.id OFFSET 0
) a
WHERE m.account_id = ANY(CAST(:account_ids AS bigint[]))
ORDER BY a.account_id, a.id
