-- name: put_request_contact(request_id, contact)
-- Stores the number or address of the person of a request, until it ends.
INSERT INTO redaction.request_contacts (request_id, contact_key) VALUES (:request_id, :contact)
