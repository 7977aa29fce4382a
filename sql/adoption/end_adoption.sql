-- name: end_adoption()
-- Drops the old table if count and digest prove that every row was adopted unchanged; says whether it did.
SELECT redaction.end_adoption() AS ended
