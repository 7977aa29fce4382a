-- name: list_place_as_residue(place, rows)
-- Lists a table beside the activities in whose new files a value was found that should be gone.
SELECT redaction.list_place_as_residue(:place, :rows)
