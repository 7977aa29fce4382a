-- name: list_call_settings()
-- Returns the call-settings configurations and the tracking numbers that use them.
SELECT account_id, caller_id_enabled, enhanced_caller_id_enabled, tracking_numbers FROM tracking.call_settings
ORDER BY account_id, name
