-- Digest of what a strip must not change, of one row over the alias `a`. `texts_hash` is for callers that have its part
-- of it.
{% set others = (keys + retained) | reject("in", scrubbed) | list %}
{% for column in others %}redaction.hash_value(a.{{ column }}, {% endfor %}{% if texts_hash is defined %}{{ texts_hash }}{% else %}{% include "strip/_texts_hash.sql" %}{% endif %}{% for column in others %}){% endfor %}

