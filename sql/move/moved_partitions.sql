-- name: moved_partitions(account_id)
-- Returns the partitions that hold activities of an account, and their number: their files will hold what has moved.
SELECT c.relname::text AS leaf_name, p.partition_name, count(*) AS activities
FROM tracking.activities a
JOIN pg_class c ON c.oid = a.tableoid
JOIN redaction.partitions p ON p.leaf_name = c.relname
WHERE a.account_id = :account_id GROUP BY 1, 2 ORDER BY 2
