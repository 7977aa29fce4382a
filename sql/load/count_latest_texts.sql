-- name: count_latest_texts(account_id)
-- Returns the texts of the latest activities of an account, each with the number of its uses, and with the number of
-- these activities.
SELECT text, uses, activities FROM tracking.count_latest_texts(:account_id)
