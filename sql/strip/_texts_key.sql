-- Hash of all that `_retained_texts.sql` makes one text of, over the alias `a`: equal texts in equal places have equal
-- ones. `texts_hash` is for who has its part of it.
redaction.hash_value({% include "strip/_route_names.sql" %}, {% if texts_hash is defined %}{{ texts_hash }}{% else %}{% include "strip/_texts_hash.sql" %}{% endif %})
