-- name: own_fields()
-- The columns of an operator's file, with the rights of the loader on them, and the report by the retained ones.
-- Existing columns stay unchanged. The loader writes them and cannot read them.
{% if own %}
ALTER TABLE tracking.activities
{% for field in own %}
    ADD COLUMN IF NOT EXISTS {{ field.column }} {{ field.type }}{{ "," if not loop.last }}
{% endfor %};
GRANT INSERT ({{ own | map(attribute="column") | join(", ") }}), UPDATE ({{ own | map(attribute="column") | join(", ") }})
    ON tracking.activities TO redaction_loader;
{% endif %}
{% if own | selectattr("retained") | list %}
-- An activity is in one row of each field; NULL means that it has no value.
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

CREATE OR REPLACE VIEW reporting.by_own_field AS
SELECT a.agency_id, g.name AS agency, a.id AS account_id, a.name AS account, r.day, r.field,
       regexp_replace(r.value, '[^\s@]+@[^\s@]+|\+?\(?\d(?:[^\dA-Za-z]{0,3}\d){6,}', '[hidden]', 'g') AS value,
       r.activities, r.redacted, r.activities - r.redacted AS personal
FROM reporting.activity_by_own_field r
JOIN tracking.accounts a ON a.id = r.account_id AND a.whereabouts IN ('here', 'leaving')
JOIN tracking.agencies g ON g.id = a.agency_id;
COMMENT ON VIEW reporting.by_own_field IS 'Activities by local day, retained field of the operator''s own and its value.';
{% for column, says in (
    ("agency_id", "Id of the agency of the account."), ("agency", "Name of the agency."),
    ("account_id", "Id of the account."), ("account", "Name of the account."),
    ("day", "Local day of the account, by its time zone."), ("field", "Name of the field at the source."),
    ("value", "Value of the field. Null: the activity has none."),
    ("activities", "Activities with that value, redacted ones among them; each is in one row of every field."),
    ("redacted", "How many of these activities are redacted."),
    ("personal", "How many of these activities still hold personal data: activities less redacted."),
) %}
COMMENT ON COLUMN reporting.by_own_field.{{ column }} IS '{{ says }}';
{% endfor %}
GRANT SELECT ON reporting.by_own_field TO redaction_analyst, redaction_worker;
{% else %}
DROP VIEW IF EXISTS reporting.by_own_field;
DROP TABLE IF EXISTS reporting.activity_by_own_field;
{% endif %}
