-- name: 0037_uses_of_texts()
-- The sample of an account's texts comes with their uses, no longer with their contacts: the function has other columns
-- than before.
DROP FUNCTION IF EXISTS tracking.count_latest_texts(bigint);
