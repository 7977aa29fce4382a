-- name: list_cut_texts(accounts)
-- Returns, of some accounts (NULL: of all), the digests of the texts that somebody has decided to cut.
SELECT account_id, digest FROM tracking.list_cut_texts(CAST(:accounts AS bigint[]))
