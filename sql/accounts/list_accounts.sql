-- name: list_accounts()
-- Returns every account that is here with its agency's name, plan and permission, in the order of their ids.
SELECT a.id, a.agency_id, a.name, a.timezone, a.manual_redaction, a.auto_redaction, a.retention_mode,
       a.auto_redaction_since, a.caller_id_enabled, a.enhanced_caller_id_enabled, a.country, a.follow_source,
       a.needs_approval, a.recordings_period, a.closing_since, a.closed_at,
       g.name AS agency_name, g.plan AS agency_plan, g.allow_redaction AS agency_allows,
       g.needs_approval AS agency_needs_approval
FROM tracking.accounts a JOIN tracking.agencies g ON g.id = a.agency_id
WHERE a.whereabouts IN ('here', 'leaving')
ORDER BY a.id
