-- name: list_common_names(account_id)
-- Returns the digests of the names of an account's callers that turned out to be words of the business.
SELECT digest FROM tracking.list_common_names(:account_id)
