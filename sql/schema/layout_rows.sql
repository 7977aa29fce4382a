-- name: layout_rows()
-- Brings what an earlier version left into the layout: a partition that was a plain table becomes one with a leaf, without
-- a row being written; sets that were rows become batches; what was stripped before residue was known is residue.
DO $body$
DECLARE
    part record;
BEGIN
    CREATE TEMPORARY TABLE flat ON COMMIT DROP AS
    SELECT c.relname::text AS name, pg_get_expr(c.relpartbound, c.oid) AS bound
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'tracking.activities'::regclass AND c.relkind = 'r';
    FOR part IN SELECT * FROM flat LOOP
        EXECUTE format('DROP TABLE IF EXISTS tracking.%I', part.name || '_new');
        EXECUTE format('DROP TRIGGER IF EXISTS note_change ON tracking.%I', part.name);
        EXECUTE format('ALTER TABLE tracking.activities DETACH PARTITION tracking.%I', part.name);
        EXECUTE format('ALTER TABLE tracking.%I RENAME TO %I', part.name, part.name || '_rows');
        PERFORM tracking.make_partition(part.name, false);
        PERFORM tracking.sample_no_personal(format('tracking.%I', part.name || '_rows')::regclass);
        EXECUTE format(
            'ALTER TABLE tracking.%I ATTACH PARTITION tracking.%I DEFAULT', part.name, part.name || '_rows'
        );
    END LOOP;
    -- The default partition last: it has to be looked through once, to see that nothing in it belongs elsewhere.
    FOR part IN SELECT * FROM flat ORDER BY bound = 'DEFAULT' LOOP
        EXECUTE format('ALTER TABLE tracking.activities ATTACH PARTITION tracking.%I %s', part.name, part.bound);
    END LOOP;
END
$body$;
SELECT tracking.sample_no_personal('tracking.activities');

INSERT INTO redaction.run_batches (run_id, number, partition_name, day, activity_ids)
SELECT s.run_id, row_number() OVER (PARTITION BY s.run_id ORDER BY s.partition_name, s.day), s.partition_name, s.day, s.ids
FROM (
    SELECT b.run_id, p.partition_name, (a.called_at AT TIME ZONE t.timezone)::date AS day,
           array_agg(b.activity_id ORDER BY b.activity_id) AS ids
    FROM redaction.run_activities_before b
    JOIN redaction.runs r ON r.id = b.run_id
    JOIN tracking.accounts t ON t.id = r.account_id
    JOIN tracking.activity_identity i ON i.account_id = r.account_id AND i.id = b.activity_id
    JOIN tracking.activities a ON a.account_id = r.account_id AND a.called_at = i.called_at AND a.id = i.id
    JOIN redaction.partitions p ON p.leaf = a.tableoid
    GROUP BY 1, 2, 3
) s;
DROP TABLE redaction.run_activities_before;

INSERT INTO redaction.run_partitions (run_id, partition_name, mode, rows, filenodes)
SELECT s.redaction_run_id, s.partition_name, 'update', s.rows, redaction.filenodes(s.partition_name)
FROM (
    SELECT a.redaction_run_id, p.partition_name, count(*) AS rows
    FROM tracking.activities a JOIN redaction.partitions p ON p.leaf = a.tableoid
    WHERE a.redaction_run_id IS NOT NULL
    GROUP BY a.redaction_run_id, p.partition_name
) s
WHERE NOT EXISTS (
    SELECT FROM redaction.run_partitions k
    WHERE k.run_id = s.redaction_run_id AND k.partition_name = s.partition_name
);
INSERT INTO redaction.residue (partition_name, rows)
SELECT partition_name, sum(rows) FROM redaction.run_partitions
WHERE mode = 'update' AND filenodes && redaction.filenodes(partition_name)
GROUP BY partition_name
ON CONFLICT (partition_name) DO NOTHING;
