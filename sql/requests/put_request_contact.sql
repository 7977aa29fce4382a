-- name: put_request_contact(request_id, contact)
-- Keeps the number or address of the person of a request, until it is over.
INSERT INTO redaction.request_contacts (request_id, contact_key) VALUES (:request_id, :contact)
