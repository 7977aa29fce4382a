-- name: hold_contact(hold_id, account_id, contact_key)
-- Makes a hold keep every activity of a contact, future ones too.
INSERT INTO tracking.held_contacts (account_id, contact_key, hold_id) VALUES (:account_id, :contact_key, :hold_id)
