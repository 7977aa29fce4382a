-- name: validation_rows()
-- Returns what Great Expectations looks at: the activities of this session's run, all columns as they are.
SELECT a.* FROM {% include "redact/_rows_of_run.sql" %}
