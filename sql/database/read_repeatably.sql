-- name: read_repeatably()
-- Lets all statements of this transaction see the tables as the first one does.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ
