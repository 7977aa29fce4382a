-- name: 0013_source()
-- What the source says of itself: the country whose numbers an account has, which copy of an activity is the newer one,
-- which activities are dated in the future or were redacted at the source; and what a person has decided on a text.

-- Two letters of ISO 3166-1; NULL takes the country of the time zone. `follow_source`: what the source has redacted is
-- redacted here too.
ALTER TABLE tracking.accounts
    ADD COLUMN country text CONSTRAINT accounts_country_is_a_code CHECK (country ~ '^[A-Z]{2}$'),
    ADD COLUMN follow_source boolean NOT NULL DEFAULT false;
GRANT INSERT (country, follow_source), UPDATE (country, follow_source) ON tracking.accounts TO redaction_manager;

-- When the source has last written the activity: an older copy does not replace a newer one.
ALTER TABLE tracking.activities ADD COLUMN indexed_at timestamptz;
GRANT SELECT (indexed_at), INSERT (indexed_at), UPDATE (indexed_at) ON tracking.activities TO redaction_loader;

-- Activities whose time was more than a day ahead when they were loaded: they age from that moment.
CREATE TABLE tracking.future_activities (
    account_id bigint NOT NULL,
    activity_id bigint NOT NULL,
    loaded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, activity_id)
);

-- Activities that the source has redacted and that have values here: due at once where the account follows the source.
CREATE TABLE tracking.redacted_at_source (
    account_id bigint NOT NULL,
    activity_id bigint NOT NULL,
    reported_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, activity_id)
);
GRANT INSERT ON tracking.future_activities, tracking.redacted_at_source TO redaction_loader;
GRANT SELECT, INSERT, DELETE ON tracking.future_activities, tracking.redacted_at_source TO redaction_worker;

-- What a person has decided on a retained text that may name a person: the text itself is not kept, only its digest.
CREATE TABLE redaction.text_decisions (
    account_id bigint NOT NULL REFERENCES tracking.accounts (id) ON DELETE CASCADE,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    decision text NOT NULL CHECK (decision IN ('keep', 'cut')),
    decided_by text NOT NULL,
    decided_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account_id, digest)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON redaction.text_decisions TO redaction_worker;

ALTER TABLE redaction.runs
    DROP CONSTRAINT runs_kind_check,
    ADD CONSTRAINT runs_kind_check CHECK (kind IN ('automatic', 'manual', 'replay', 'move', 'source'));
ALTER TABLE redaction.ledger
    DROP CONSTRAINT ledger_kind_check,
    ADD CONSTRAINT ledger_kind_check CHECK (kind IN (
        'redaction', 'refusal', 'hold', 'release', 'pause', 'resume', 'approval', 'delivery', 'replay', 'setting',
        'departure', 'arrival', 'store', 'object', 'abandonment', 'text', 'quarantine'
    ));

-- A load asks these of each recording: half the length for a digest, and no pattern for nearly every address.
DROP INDEX tracking.objects_once;
CREATE UNIQUE INDEX objects_once ON tracking.objects (account_id, activity_id, CAST(md5(address) AS uuid));
ALTER INDEX tracking.objects_once ALTER COLUMN 3 SET STATISTICS 0;
DROP INDEX tracking.objects_elsewhere;
CREATE INDEX objects_elsewhere ON tracking.objects USING hash ((substring(address FROM '^[a-z]+://[^/]*(/[^?#]*)')))
WHERE ((starts_with(address, 'file://') AND NOT starts_with(address, 'file:///')) OR strpos(address, 'amazonaws.com') > 0);
ALTER INDEX tracking.objects_elsewhere ALTER COLUMN 1 SET STATISTICS 0;
