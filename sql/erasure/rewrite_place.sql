-- name: rewrite_place(place)
-- Rewrites another table, without the personal values that were removed from it; see `redaction.rewrite_place`.
SELECT redaction.rewrite_place(:place)
