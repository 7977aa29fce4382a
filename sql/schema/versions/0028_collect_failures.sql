-- name: 0028_collect_failures()
-- Why an account was not fetched from the API of its source.

-- Of the last collection, and since when: it goes with the first that fetches the account to its end. What it says has ids,
-- counts and what to do; never a personal value.
CREATE TABLE redaction.collect_failures (
    account_id bigint PRIMARY KEY REFERENCES tracking.accounts (id) ON DELETE CASCADE,
    said text NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    failed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT, INSERT, UPDATE, DELETE ON redaction.collect_failures TO redaction_worker;
