-- name: open_request(kind, agency_id, country, law, days, identity_check, reference, opened_by)
-- Begins a request of a person, due in some days; whom it is of, and the accounts, are added in the same transaction. Returns
-- its id and when it is due.
INSERT INTO redaction.requests AS r (kind, agency_id, country, law, identity_check, reference, opened_by, deadline)
VALUES (:kind, :agency_id, :country, :law, :identity_check, :reference, :opened_by,
        clock_timestamp() + make_interval(days => :days))
RETURNING r.id, r.deadline
