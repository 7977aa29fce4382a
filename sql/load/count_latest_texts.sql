-- name: count_latest_texts(account_id)
-- Returns the texts of the latest activities of an account, each with its number of contacts, and with the number of
-- these activities.
SELECT text, contacts, activities FROM tracking.count_latest_texts(:account_id)
