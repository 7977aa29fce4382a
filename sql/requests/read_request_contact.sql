-- name: read_request_contact(request_id)
-- Returns the number or address of the person of a request; no row once it has ended. It is used only for look-ups.
SELECT contact_key FROM redaction.request_contacts WHERE request_id = :request_id
