-- name: select_listed(run_id, account_id, cutoff, ids, batch_size)
-- Fixes the set of a run: those of some activities that are not redacted (or have come in redacted, with objects that
-- wait) and not held, each looked up by its identity.
-- Count and digest go into the record of the run, as for a set that is selected by age. Returns the count.
WITH listed AS MATERIALIZED (
    SELECT a.id, p.partition_name, (a.called_at AT TIME ZONE t.timezone)::date AS day
    FROM (SELECT DISTINCT u.id FROM unnest(CAST(:ids AS bigint[])) AS u (id)) u
    CROSS JOIN LATERAL (
        SELECT called_at FROM tracking.activity_identity WHERE account_id = :account_id AND id = u.id OFFSET 0
    ) i
    CROSS JOIN LATERAL (
        SELECT a.tableoid AS leaf, a.account_id, a.id, a.called_at
        FROM tracking.activities a
        WHERE a.account_id = :account_id AND a.called_at = i.called_at AND a.id = u.id AND a.called_at < :cutoff
          AND (a.redacted_at IS NULL OR {% include "select/_waits_at_source.sql" %}) AND NOT {% include "select/_held.sql" %}

        OFFSET 0
    ) a
    JOIN redaction.partitions p ON p.leaf = a.leaf
    JOIN tracking.accounts t ON t.id = :account_id
), batches AS (
    INSERT INTO redaction.run_batches (run_id, number, partition_name, day, activity_ids)
    SELECT :run_id, row_number() OVER (), b.partition_name, b.day, array_agg(b.id ORDER BY b.id)
    FROM (
        SELECT l.*, (row_number() OVER (PARTITION BY l.partition_name, l.day ORDER BY l.id) - 1) / :batch_size AS part
        FROM listed l
    ) b
    GROUP BY b.partition_name, b.day, b.part
), counted AS (
    SELECT count(*) AS due_count, coalesce({% include "select/_set_digest.sql" %}, 0) AS digest
    FROM (SELECT id, CAST(:account_id AS bigint) AS account_id FROM listed) a
), recorded AS (
    UPDATE redaction.runs r SET due_count = c.due_count, digest = c.digest FROM counted c WHERE r.id = :run_id
)
SELECT due_count FROM counted
