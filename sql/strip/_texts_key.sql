-- Hash of the joined text of `_retained_texts.sql`, over the alias `a`: equal texts in equal places have equal hashes.
-- `texts_hash` is for callers that have its part of it.
redaction.hash_value({% include "strip/_route_names.sql" %}, {% if texts_hash is defined %}{{ texts_hash }}{% else %}{% include "strip/_texts_hash.sql" %}{% endif %})
