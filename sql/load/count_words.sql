-- name: count_words(account_id)
-- Returns the words of the latest texts of an account, with how many contacts have them and of how many activities.
SELECT words, contacts, activities FROM tracking.count_words(:account_id)
