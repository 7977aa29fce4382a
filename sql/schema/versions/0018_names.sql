-- name: 0018_names()
-- Callers' names whose words stand in texts of many other contacts: these are words of the business, and name nobody. What
-- was judged so stays so, by the digest of the name: its contacts are gone when it is asked again.
CREATE TABLE redaction.common_names (
    account_id bigint NOT NULL REFERENCES tracking.accounts (id) ON DELETE CASCADE,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    contacts bigint NOT NULL,
    judged_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account_id, digest)
);
GRANT SELECT, INSERT, DELETE ON redaction.common_names TO redaction_worker;

-- How many activities of a run had such a name in a text, which stays.
ALTER TABLE redaction.runs ADD COLUMN common_names bigint NOT NULL DEFAULT 0;
