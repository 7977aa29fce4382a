-- name: own_fields()
-- The columns of an operator's file, with what the loader may do with them, and the report by those that are retained.
-- What is there stays as it is. The loader writes them and reads none back.
{% if own %}
ALTER TABLE tracking.activities
{% for field in own %}
    ADD COLUMN IF NOT EXISTS {{ field.column }} {{ field.type }}{{ "," if not loop.last }}
{% endfor %};
GRANT INSERT ({{ own | map(attribute="column") | join(", ") }}), UPDATE ({{ own | map(attribute="column") | join(", ") }})
    ON tracking.activities TO redaction_loader;
{% endif %}
{% if own | selectattr("retained") | list %}
-- An activity is in one row of each field; NULL is that it has no value.
CREATE TABLE IF NOT EXISTS reporting.activity_by_own_field (
    account_id bigint NOT NULL,
    day date NOT NULL,
    field text NOT NULL,
    value text,
    activities bigint NOT NULL,
    redacted bigint NOT NULL
);
CREATE INDEX IF NOT EXISTS activity_by_own_field_day ON reporting.activity_by_own_field (account_id, day);
GRANT SELECT, INSERT, DELETE ON reporting.activity_by_own_field TO redaction_worker;
GRANT SELECT ON reporting.activity_by_own_field TO redaction_analyst;
{% else %}
DROP TABLE IF EXISTS reporting.activity_by_own_field;
{% endif %}
