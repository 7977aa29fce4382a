-- name: list_place_as_residue(place, rows)
-- Lists another table in whose new files a value was found that should be gone.
SELECT redaction.list_place_as_residue(:place, :rows)
