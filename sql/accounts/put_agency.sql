-- name: put_agency(id, name, plan, allow_redaction, needs_approval)
-- Creates an agency, or changes the agency of that id.
INSERT INTO tracking.agencies (id, name, plan, allow_redaction, needs_approval)
VALUES (:id, :name, :plan, :allow_redaction, :needs_approval)
ON CONFLICT (id) DO UPDATE
SET name = excluded.name, plan = excluded.plan, allow_redaction = excluded.allow_redaction,
    needs_approval = excluded.needs_approval
