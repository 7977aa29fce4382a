-- name: list_collected(account_ids)
-- Returns for some accounts how far they were fetched, when something of them was last stored, and why the last
-- collection did not fetch them to the end.
SELECT a.id AS account_id, w.complete_before, w.collected_at, f.said, f.since, f.failed_at
FROM unnest(CAST(:account_ids AS bigint[])) AS a (id)
LEFT JOIN redaction.watermarks w ON w.account_id = a.id
LEFT JOIN redaction.collect_failures f ON f.account_id = a.id
ORDER BY a.id
