-- name: open_request(kind, agency_id, country, law, days, identity_check, reference, opened_by)
-- Opens a request of a person, due in some days; the same transaction adds the contact and the accounts. Returns its id
-- and due date.
INSERT INTO redaction.requests AS r (kind, agency_id, country, law, identity_check, reference, opened_by, deadline)
VALUES (:kind, :agency_id, :country, :law, :identity_check, :reference, :opened_by,
        clock_timestamp() + make_interval(days => :days))
RETURNING r.id, r.deadline
