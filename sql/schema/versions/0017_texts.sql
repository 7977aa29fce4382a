-- name: 0017_texts()
-- Retained texts that may name somebody and on which nobody has decided yet: counted by their digests, never kept.
CREATE TABLE redaction.undecided_texts (
    account_id bigint NOT NULL REFERENCES tracking.accounts (id) ON DELETE CASCADE,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    PRIMARY KEY (account_id, digest)
);
GRANT SELECT, INSERT, DELETE ON redaction.undecided_texts TO redaction_worker;
