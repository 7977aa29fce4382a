-- name: live_tuples(relation, tids)
-- Returns which of these tuples of a table are living rows.
SELECT CAST(tid AS text) AS tid
FROM redaction.live_tuples(CAST(:relation AS regclass), CAST(CAST(:tids AS text[]) AS tid[])) AS found (tid)
