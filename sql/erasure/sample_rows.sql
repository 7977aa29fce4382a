-- name: sample_rows(relation, run_id, tids)
-- Returns which of these tuples are living rows of a partition, whether a run is about to strip them, and then as what.
SELECT CAST(tid AS text) AS tid, id, due, content
FROM redaction.sample_rows(CAST(:relation AS regclass), CAST(:run_id AS bigint), CAST(CAST(:tids AS text[]) AS tid[]))
