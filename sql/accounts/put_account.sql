-- name: put_account(id, agency_id, name, timezone, manual_redaction, auto_redaction, retention_mode, auto_redaction_since, caller_id_enabled, enhanced_caller_id_enabled, country, follow_source, recordings_period, needs_approval)
-- Creates an account, or changes the account of that id, all settings at once.
INSERT INTO tracking.accounts (
    id, agency_id, name, timezone, manual_redaction, auto_redaction, retention_mode, auto_redaction_since,
    caller_id_enabled, enhanced_caller_id_enabled, country, follow_source, recordings_period, needs_approval
) VALUES (
    :id, :agency_id, :name, :timezone, :manual_redaction, :auto_redaction, :retention_mode, :auto_redaction_since,
    :caller_id_enabled, :enhanced_caller_id_enabled, :country, :follow_source, :recordings_period, :needs_approval
)
ON CONFLICT (id) DO UPDATE
SET agency_id = excluded.agency_id, name = excluded.name, timezone = excluded.timezone,
    manual_redaction = excluded.manual_redaction, auto_redaction = excluded.auto_redaction,
    retention_mode = excluded.retention_mode, auto_redaction_since = excluded.auto_redaction_since,
    caller_id_enabled = excluded.caller_id_enabled,
    enhanced_caller_id_enabled = excluded.enhanced_caller_id_enabled,
    country = excluded.country, follow_source = excluded.follow_source, recordings_period = excluded.recordings_period,
    needs_approval = excluded.needs_approval
