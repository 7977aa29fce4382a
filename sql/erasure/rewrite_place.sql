-- name: rewrite_place(place)
-- Writes a table beside the activities anew, without the personal values that went from it; see `redaction.rewrite_place`.
SELECT redaction.rewrite_place(:place)
