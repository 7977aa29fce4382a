-- name: grants()
-- Least privilege: the loader writes activities and reads back none of their personal columns, the worker strips and
-- keeps the books, the analyst sees the reports and nothing else.
GRANT USAGE ON SCHEMA tracking TO redaction_loader, redaction_worker;
GRANT USAGE ON SCHEMA redaction TO redaction_worker;
GRANT USAGE ON SCHEMA reporting TO redaction_loader, redaction_worker, redaction_analyst;

GRANT SELECT ON tracking.agencies, tracking.accounts, tracking.call_settings, tracking.activity_identity
    TO redaction_loader, redaction_worker;
GRANT INSERT (
    id, account_id, kind, called_at, status, call_status, dial_status, tracking_number, tracking_number_id,
    tracking_label, source, source_id, call_path, caller_name, caller_number, caller_numbers, contact_key,
    caller_id, recording_url, transcription, transcription_details, message, custom_fields, notes, emails,
    visitor, tags, form, enhanced_caller_id, unlisted
), UPDATE (
    kind, called_at, status, call_status, dial_status, tracking_number, tracking_number_id, tracking_label,
    source, source_id, call_path, caller_name, caller_number, caller_numbers, contact_key, caller_id,
    recording_url, transcription, transcription_details, message, custom_fields, notes, emails, visitor, tags,
    form, enhanced_caller_id, unlisted
) ON tracking.activities TO redaction_loader;
GRANT SELECT (
    id, account_id, kind, called_at, status, call_status, dial_status, tracking_number, tracking_number_id,
    tracking_label, source, source_id, call_path, redacted_at, redaction_run_id
) ON tracking.activities TO redaction_loader;
GRANT SELECT, INSERT, UPDATE ON reporting.stale_days TO redaction_loader;

GRANT SELECT, UPDATE ON tracking.activities TO redaction_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA redaction TO redaction_worker;
REVOKE ALL ON redaction.alembic_version FROM redaction_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA redaction TO redaction_worker;
GRANT SELECT, INSERT, DELETE ON ALL TABLES IN SCHEMA reporting TO redaction_worker;
GRANT UPDATE ON reporting.stale_days TO redaction_worker;

GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO redaction_analyst;
REVOKE ALL ON reporting.stale_days FROM redaction_analyst;
