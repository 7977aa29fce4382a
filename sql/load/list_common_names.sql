-- name: list_common_names(account_id)
-- Returns the keyed digests of the names of an account's callers that turned out to be words of the business, with the
-- keys.
SELECT digest, key FROM tracking.list_common_names(:account_id)
