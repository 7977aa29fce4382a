-- name: plan_due(account_id, cutoff)
-- Returns the partitions that a run at this cutoff would touch: rows due in each, rows in all (an estimate), bytes.
SELECT p.partition_name, d.due, p.rows, p.bytes
FROM (
    SELECT a.tableoid AS leaf, count(*) AS due
    FROM tracking.activities a
    WHERE {% include "select/_aged.sql" %}

    GROUP BY a.tableoid
) d
JOIN redaction.partitions p ON p.leaf = d.leaf
ORDER BY p.partition_name
