-- name: renew_constraint()
-- Has the database keep redacted activities free of every column that the catalog calls personal; refused while one holds
-- a value. Nobody reads or writes the activities meanwhile.
ALTER TABLE tracking.activities
    DROP CONSTRAINT activities_redacted_is_stripped,
    ADD CONSTRAINT activities_redacted_is_stripped CHECK (
        redacted_at IS NULL OR ({% for column in personal %}{{ column }} IS NULL{{ " AND " if not loop.last }}{% endfor %})
    )
