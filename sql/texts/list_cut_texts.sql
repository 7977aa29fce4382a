-- name: list_cut_texts(accounts)
-- Returns, of some accounts (NULL: of all), the digests of the texts that somebody has decided to cut, with
-- the keys of the account.
SELECT account_id, digest, key FROM tracking.list_cut_texts(CAST(:accounts AS bigint[]))
