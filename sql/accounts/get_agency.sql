-- name: get_agency(agency_id)
-- Returns one agency; no row if there is none.
SELECT id, name, plan, allow_redaction, needs_approval FROM tracking.agencies WHERE id = :agency_id
