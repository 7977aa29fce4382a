-- name: select_survivors(run_id, account_id, cutoff)
-- Moves those rows of a run's set that are still aged into new batches, for their present partitions: their time was
-- corrected during the strip. Returns their number.
WITH survivors AS MATERIALIZED (
    SELECT a.id, a.tableoid AS leaf,
           (a.called_at AT TIME ZONE (SELECT timezone FROM tracking.accounts WHERE id = :account_id))::date AS day
    FROM tracking.activities a
    WHERE {% include "select/_aged.sql" %}

    -- IS TRUE keeps this as a look-up in a hash table: a join would be planned for an array of ten ids.
    AND (a.id IN (SELECT unnest(b.activity_ids) FROM redaction.run_batches b WHERE b.run_id = :run_id)) IS TRUE
), left_behind AS (
    UPDATE redaction.run_batches b
    SET activity_ids = ARRAY(SELECT u.id FROM unnest(b.activity_ids) AS u (id) EXCEPT SELECT s.id FROM survivors s)
    WHERE b.run_id = :run_id
      AND EXISTS (SELECT FROM unnest(b.activity_ids) AS u (id) JOIN survivors s ON s.id = u.id)
), moved AS (
    INSERT INTO redaction.run_batches (run_id, number, partition_name, day, activity_ids)
    SELECT :run_id, last.number + row_number() OVER (), p.partition_name, s.day, array_agg(s.id)
    FROM survivors s
    JOIN redaction.partitions p ON p.leaf = s.leaf
    CROSS JOIN (SELECT max(number) AS number FROM redaction.run_batches WHERE run_id = :run_id) last
    GROUP BY p.partition_name, s.day, last.number
)
SELECT count(*) AS survivors FROM survivors
