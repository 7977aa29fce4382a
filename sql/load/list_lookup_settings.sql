-- name: list_lookup_settings()
-- Returns for each account whether looked-up caller data may be kept, whose numbers it has,
-- and whether it is closed.
SELECT id, caller_id_enabled, enhanced_caller_id_enabled, country, timezone, closing_since IS NOT NULL AS closed
FROM tracking.accounts
WHERE whereabouts IN ('here', 'leaving')
