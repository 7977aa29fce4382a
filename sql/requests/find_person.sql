-- name: find_person(account_ids, contact)
-- Returns the activities of some accounts that have a number or an address and are not redacted, each once, with their
-- state: kind, time, whether held, number of objects, number of systems outside that have received them, and a number
-- that changes with the row; nothing personal. Every look-up uses an index of contacts and is planned alone (OFFSET),
-- since the planner has no statistics of personal columns. Each row is read once, since most of the time goes into
-- planning for all partitions.
WITH matched AS MATERIALIZED (
    SELECT DISTINCT ON (m.account_id, m.id) m.*
    FROM (
        SELECT * FROM (
            SELECT a.account_id, a.id, a.kind, a.called_at, a.contact_key, a.contact_keys, a.emails, a.xmin AS written_by
            FROM tracking.activities a
            WHERE a.account_id = ANY(CAST(:account_ids AS bigint[])) AND a.contact_key = :contact AND a.redacted_at IS NULL
            OFFSET 0
        ) by_key
        UNION ALL
        SELECT * FROM (
            SELECT a.account_id, a.id, a.kind, a.called_at, a.contact_key, a.contact_keys, a.emails, a.xmin
            FROM tracking.activities a
            WHERE (a.contact_keys @> ARRAY[CAST(:contact AS text)] OR a.emails @> ARRAY[CAST(:contact AS text)])
              AND a.redacted_at IS NULL
            OFFSET 0
        ) by_keys
    ) m
    WHERE m.account_id = ANY(CAST(:account_ids AS bigint[]))
    ORDER BY m.account_id, m.id
)
SELECT a.account_id, a.id, a.kind, a.called_at, false AS redacted,
       {% with account = "a.account_id" %}{% include "select/_held.sql" %}{% endwith %} AS held,
       (SELECT count(*) FROM tracking.objects o WHERE o.account_id = a.account_id AND o.activity_id = a.id) AS objects,
       (SELECT count(*) FROM tracking.deliveries d
        WHERE d.account_id = a.account_id AND d.activity_id = a.id) AS delivered,
       CAST(a.written_by AS text) AS written_by
FROM matched a
ORDER BY a.account_id, a.id
