-- name: renew_constraint()
-- Makes the database keep redacted activities free of every column that the catalog calls personal; refused while one
-- of them has a value. It blocks reads and writes of the activities.
ALTER TABLE tracking.activities
    DROP CONSTRAINT activities_redacted_is_stripped,
    ADD CONSTRAINT activities_redacted_is_stripped CHECK (
        redacted_at IS NULL OR ({% for column in personal %}{{ column }} IS NULL{{ " AND " if not loop.last }}{% endfor %})
    )
