-- name: count_latest_texts(account_id)
-- Returns the latest texts of an account, each with its number of contacts and of activities.
SELECT texts, contacts, activities FROM tracking.count_latest_texts(:account_id)
