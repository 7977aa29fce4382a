-- name: keep_writers_out()
-- Keeps everybody from changing activities until this transaction ends.
LOCK TABLE tracking.activities IN SHARE ROW EXCLUSIVE MODE
