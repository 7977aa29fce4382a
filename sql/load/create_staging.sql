-- name: create_staging()
-- Creates the temporary table that a batch is copied into; its transaction drops it with all values.
CREATE TEMPORARY TABLE staging (
    id bigint,
    account_id bigint,
    kind text,
    called_at timestamptz,
    indexed_at timestamptz,
    status text,
    call_status text,
    dial_status text,
    tracking_number text,
    tracking_number_id bigint,
    tracking_label text,
    source text,
    source_id bigint,
    call_path jsonb,
    caller_name text,
    caller_number text,
    caller_numbers jsonb,
    contact_key text,
    contact_keys text[],
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
    unlisted jsonb
    {%- for field in own %},
    {{ field.column }} {{ field.type }}
    {%- endfor %}

) WITH (toast_tuple_target = 8160) ON COMMIT DROP
