-- The one predicate that says which activities a strip may touch, over the alias `a`. `holds=false` is for who has
-- asked it of the same ids in the snapshot that reads the rows, and for a selection that looks holds up by index.
a.account_id = {{ account | default(":account_id") }} AND a.called_at < {{ cutoff | default(":cutoff") }} AND a.redacted_at IS NULL{% if holds | default(true) %} AND NOT {% include "redact/_held.sql" %}{% endif %}

