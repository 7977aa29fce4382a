-- name: unexpected_digest()
-- Returns one row, of ids and counts, if the retained columns of the run's rows are not what they were before the strip.
SELECT run_id, rows_stripped, rows_found
FROM (
    SELECT run.id AS run_id, run.stripped_count AS rows_stripped, count(*) AS rows_found,
           run.stripped_digest = sum(CAST({% include "redact/_retained_row.sql" %} AS numeric)) AS equal
    FROM redaction.runs run
    JOIN redaction.run_activities r ON r.run_id = run.id
    JOIN tracking.activity_identity i ON i.account_id = run.account_id AND i.id = r.activity_id
    JOIN tracking.activities a ON a.account_id = i.account_id AND a.called_at = i.called_at AND a.id = i.id
    WHERE run.id = CAST(current_setting('redaction.run_id') AS bigint) AND a.redaction_run_id = run.id
    GROUP BY run.id
) found
WHERE NOT equal OR rows_stripped <> rows_found
UNION ALL
SELECT run.id, run.stripped_count, 0
FROM redaction.runs run
WHERE run.id = CAST(current_setting('redaction.run_id') AS bigint) AND run.stripped_count > 0
  AND NOT EXISTS (
      SELECT FROM redaction.run_activities r
      JOIN tracking.activity_identity i ON i.account_id = run.account_id AND i.id = r.activity_id
      JOIN tracking.activities a ON a.account_id = i.account_id AND a.called_at = i.called_at AND a.id = i.id
      WHERE r.run_id = run.id AND a.redaction_run_id = run.id
  )
