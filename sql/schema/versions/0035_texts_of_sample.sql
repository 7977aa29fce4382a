-- name: 0035_texts_of_sample()
-- The sample of an account's texts comes text by text: the function has other columns than before.
DROP FUNCTION IF EXISTS tracking.count_latest_texts(bigint);
