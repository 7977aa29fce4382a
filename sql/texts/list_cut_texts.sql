-- name: list_cut_texts(accounts)
-- Returns, for some accounts (NULL: for all), the digests of the texts to cut, with the keys of the account.
SELECT account_id, digest, key FROM tracking.list_cut_texts(CAST(:accounts AS bigint[]))
