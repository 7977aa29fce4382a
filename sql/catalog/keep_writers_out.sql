-- name: keep_writers_out()
-- Blocks all changes of activities until this transaction ends.
LOCK TABLE tracking.activities IN SHARE ROW EXCLUSIVE MODE
