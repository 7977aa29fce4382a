-- name: 0016_collect()
-- How far the activities of an account were fetched from the API of its source, and which accounts the source has that
-- are not here.

-- Every day before this one, as the API counts days, was fetched to its end at least once.
CREATE TABLE redaction.watermarks (
    account_id bigint PRIMARY KEY REFERENCES tracking.accounts (id) ON DELETE CASCADE,
    complete_before date NOT NULL,
    collected_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Nobody switches them on but a person, by making the account.
CREATE TABLE redaction.offered_accounts (
    agency_id bigint NOT NULL REFERENCES tracking.agencies (id) ON DELETE CASCADE,
    account_id bigint NOT NULL,
    name text NOT NULL,
    found_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (agency_id, account_id)
);
GRANT SELECT, INSERT, UPDATE ON redaction.watermarks TO redaction_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON redaction.offered_accounts TO redaction_worker;
