-- name: put_arriving(id, agency_id, name, timezone, manual_redaction, auto_redaction, retention_mode, auto_redaction_since, caller_id_enabled, enhanced_caller_id_enabled, country, follow_source, recordings_period, needs_approval, other_placement)
-- Creates an account that is not here yet, with its settings; it has no DAG, no load and no run until it has arrived.
INSERT INTO tracking.accounts (
    id, agency_id, name, timezone, manual_redaction, auto_redaction, retention_mode, auto_redaction_since,
    caller_id_enabled, enhanced_caller_id_enabled, country, follow_source, recordings_period, needs_approval, whereabouts,
    other_placement, moving_since
) VALUES (
    :id, :agency_id, :name, :timezone, :manual_redaction, :auto_redaction, :retention_mode, :auto_redaction_since,
    :caller_id_enabled, :enhanced_caller_id_enabled, :country, :follow_source, :recordings_period, :needs_approval, 'arriving',
    :other_placement, clock_timestamp()
)
ON CONFLICT (id) DO UPDATE
SET name = excluded.name, timezone = excluded.timezone, manual_redaction = excluded.manual_redaction,
    auto_redaction = excluded.auto_redaction, retention_mode = excluded.retention_mode,
    auto_redaction_since = excluded.auto_redaction_since, caller_id_enabled = excluded.caller_id_enabled,
    enhanced_caller_id_enabled = excluded.enhanced_caller_id_enabled, country = excluded.country,
    follow_source = excluded.follow_source, recordings_period = excluded.recordings_period,
    needs_approval = excluded.needs_approval, whereabouts = 'arriving',
    other_placement = excluded.other_placement, moving_since = excluded.moving_since
