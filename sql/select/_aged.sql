-- The one predicate that says which activities a strip may touch, over the alias `a`. `holds=false` is for callers that
-- have looked up held activities with `redaction.find_held`, in the snapshot that reads the rows.
a.account_id = {{ account | default(":account_id") }} AND a.called_at < {{ cutoff | default(":cutoff") }} AND a.redacted_at IS NULL{% if holds | default(true) %} AND NOT {% include "select/_held.sql" %}{% endif %}

