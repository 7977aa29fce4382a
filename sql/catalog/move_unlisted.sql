-- name: move_unlisted(rows)
-- Gives activities that are not redacted values of an operator's columns, and removes these fields from `unlisted`. For
-- a held activity the database keeps `unlisted`: it has both until it is redacted.
UPDATE tracking.activities a
SET {% for field in own %}{{ field.column }} = coalesce(v.{{ field.column }}, a.{{ field.column }}), {% endfor %}

    unlisted = nullif(a.unlisted - v.moved, '{}')
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS v (
    account_id bigint, called_at timestamptz, id bigint, moved text[]
    {%- for field in own %}, {{ field.column }} {{ field.type }}{% endfor %}

)
WHERE a.account_id = v.account_id AND a.called_at = v.called_at AND a.id = v.id AND a.redacted_at IS NULL
