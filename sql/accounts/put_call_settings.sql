-- name: put_call_settings(account_id, name, caller_id_enabled, enhanced_caller_id_enabled, tracking_numbers)
-- Creates or changes a named call-settings configuration and the tracking numbers that use it.
INSERT INTO tracking.call_settings
    (account_id, name, caller_id_enabled, enhanced_caller_id_enabled, tracking_numbers)
VALUES (:account_id, :name, :caller_id_enabled, :enhanced_caller_id_enabled, CAST(:tracking_numbers AS text[]))
ON CONFLICT (account_id, name) DO UPDATE
SET caller_id_enabled = excluded.caller_id_enabled,
    enhanced_caller_id_enabled = excluded.enhanced_caller_id_enabled,
    tracking_numbers = excluded.tracking_numbers
