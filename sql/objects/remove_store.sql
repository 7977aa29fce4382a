-- name: remove_store(id)
-- Removes a store: from now on what lies in it is held elsewhere.
DELETE FROM redaction.stores WHERE id = :id
