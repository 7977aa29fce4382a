-- name: list_lookup_settings()
-- Returns for each account whether looked-up caller data may be kept, and whose numbers it has.
SELECT id, caller_id_enabled, enhanced_caller_id_enabled, country, timezone FROM tracking.accounts
WHERE whereabouts IN ('here', 'leaving')
