-- name: count_survivors(run_id, account_id, cutoff, low, high)
-- Counts the rows of the run's set that are still aged, wherever they are by now: their number, not the end of a list
-- of batches, decides success. It reads the unredacted rows, few after a strip, between the times of `find_span` in the
-- same snapshot.
SELECT count(*) AS survivors
FROM tracking.activities a
WHERE {% include "select/_aged.sql" %}

-- IS TRUE keeps this as a look-up in a hash table: a join would be planned for an array of ten ids.
AND a.called_at BETWEEN CAST(:low AS timestamptz) AND CAST(:high AS timestamptz)
AND (a.id IN (SELECT unnest(b.activity_ids) FROM redaction.run_batches b WHERE b.run_id = :run_id)) IS TRUE
