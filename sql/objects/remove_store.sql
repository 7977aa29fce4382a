-- name: remove_store(id)
-- Removes a store: from now on its objects are held elsewhere.
DELETE FROM redaction.stores WHERE id = :id
