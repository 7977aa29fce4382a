-- name: read_repeatably()
-- Lets all statements of this transaction see the table as it is at the first of them.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ
