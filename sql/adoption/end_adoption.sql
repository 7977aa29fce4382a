-- name: end_adoption()
-- Removes the old table if count and digest say that every row was brought over as it was; says whether it did.
SELECT redaction.end_adoption() AS ended
