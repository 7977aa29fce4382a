-- name: activities()
-- The activities, partitioned by time. No redacted row can hold a personal value (the constraint), and no two rows
-- can be the same activity of an account (tracking.activity_identity), although the partition key is the time. That
-- an account exists is checked once a statement by a trigger: a foreign key would ask for every row.
CREATE TABLE tracking.activities (
    id bigint NOT NULL,
    account_id bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('call', 'text', 'chat', 'form')),
    called_at timestamptz NOT NULL,
    status text,
    call_status text,
    dial_status text,
    tracking_number text,
    tracking_number_id bigint,
    tracking_label text,
    source text,
    source_id bigint,
    call_path jsonb,
    redacted_at timestamptz,
    redaction_run_id bigint,
    caller_name text,
    caller_number text,
    caller_numbers jsonb,
    contact_key text,
    caller_id text,
    recording_url text,
    transcription text,
    transcription_details jsonb,
    message jsonb,
    custom_fields jsonb,
    notes text,
    emails text[],
    visitor jsonb,
    tags text[],
    form jsonb,
    enhanced_caller_id jsonb,
    unlisted jsonb,
    PRIMARY KEY (account_id, called_at, id),
    CONSTRAINT activities_redacted_is_stripped CHECK (
        redacted_at IS NULL OR (
            caller_name IS NULL AND caller_number IS NULL AND caller_numbers IS NULL AND contact_key IS NULL
            AND caller_id IS NULL AND recording_url IS NULL AND transcription IS NULL
            AND transcription_details IS NULL AND message IS NULL AND custom_fields IS NULL AND notes IS NULL
            AND emails IS NULL AND visitor IS NULL AND tags IS NULL AND form IS NULL
            AND enhanced_caller_id IS NULL AND unlisted IS NULL
        )
    )
) PARTITION BY RANGE (called_at);

-- What is still to be redacted, in the order of the key: a strip reads it and, leaving it, writes it not.
CREATE INDEX activities_unredacted ON tracking.activities (account_id, called_at, id) WHERE redacted_at IS NULL;

-- Personal, therefore partial: a stripped row is not in it.
CREATE INDEX activities_contact ON tracking.activities (account_id, contact_key, called_at)
    WHERE redacted_at IS NULL AND contact_key IS NOT NULL;

CREATE TABLE tracking.activities_elsewhen PARTITION OF tracking.activities DEFAULT;

-- Where each activity lies: (account_id, id) is its identity, called_at the way to its partition.
CREATE TABLE tracking.activity_identity (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    called_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, id)
);
