-- name: count_latest_texts(account_id)
-- Returns the latest texts of an account, each with how many contacts have it and of how many activities.
SELECT texts, contacts, activities FROM tracking.count_latest_texts(:account_id)
