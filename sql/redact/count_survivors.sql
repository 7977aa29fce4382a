-- name: count_survivors(run_id, account_id, cutoff)
-- Counts the rows of the run's set that are still aged, wherever they lie by now: their number, not the end of a cursor,
-- decides success. It reads what is unredacted, which after a strip is little.
SELECT count(*) AS survivors
FROM tracking.activities a
WHERE {% include "redact/_aged.sql" %}

AND EXISTS (SELECT FROM redaction.run_activities r WHERE r.run_id = :run_id AND r.activity_id = a.id)
