-- name: select_aged(run_id, account_id, cutoff, batch_size)
-- Fixes the set of a run: every aged activity of the account at this moment, and nothing that arrives later. Its count and
-- digest go into the record of the run; equal sets have equal digests in any order. Returns the count.
WITH days AS MATERIALIZED (
    SELECT a.tableoid AS leaf,
           (a.called_at AT TIME ZONE (SELECT timezone FROM tracking.accounts WHERE id = :account_id))::date AS day,
           array_agg(a.id) AS ids, sum(hash_record_extended(ROW(a.account_id, a.id), 0)) AS digest
    FROM tracking.activities a
    WHERE {% include "redact/_aged.sql" %}

    GROUP BY 1, 2
), batches AS (
    INSERT INTO redaction.run_batches (run_id, number, partition_name, day, activity_ids)
    SELECT :run_id, row_number() OVER (ORDER BY p.partition_name, d.day, s.first), p.partition_name, d.day,
           d.ids[s.first:s.first + :batch_size - 1]
    FROM days d
    JOIN redaction.partitions p ON p.leaf = d.leaf
    CROSS JOIN LATERAL generate_series(1, cardinality(d.ids), :batch_size) AS s (first)
)
UPDATE redaction.runs
SET due_count = (SELECT coalesce(sum(cardinality(ids)), 0) FROM days),
    digest = (SELECT coalesce(sum(digest), 0) FROM days)
WHERE id = :run_id
RETURNING due_count
