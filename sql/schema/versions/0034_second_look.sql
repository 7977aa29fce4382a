-- name: 0034_second_look()
-- An account of a request whose placement is not configured any more: what is kept or erased there is not known.
ALTER TABLE redaction.request_accounts
    DROP CONSTRAINT request_accounts_outcome_check,
    ADD CONSTRAINT request_accounts_outcome_check CHECK (outcome IN ('nothing', 'waits', 'redacted', 'failed', 'unknown')),
    DROP CONSTRAINT request_accounts_failed_says_why,
    ADD CONSTRAINT request_accounts_failed_says_why
        CHECK (coalesce(outcome IN ('failed', 'unknown'), false) = (failure IS NOT NULL));

-- The digest of a common name is keyed, by the keys of its account: that of a name alone can be guessed.
UPDATE redaction.common_names n
SET digest = sha256(substring(k.key FROM 65) || sha256(substring(k.key FOR 64) || n.digest))
FROM redaction.text_keys k WHERE k.account_id = n.account_id;

-- The addresses that the clock for recordings has taken, so that none comes back under another field: keyed digests, by
-- the keys of the account. Those taken before this version are not there.
CREATE TABLE tracking.taken_addresses (
    account_id bigint NOT NULL,
    activity_id bigint NOT NULL,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    PRIMARY KEY (account_id, activity_id, digest)
);
