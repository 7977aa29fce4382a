-- Says whether the retained texts of a row have its own caller's number, address or full name, or a card number or a
-- social security number. Over the alias `a` and `f`, the facts of the texts. Cheap tests come
-- first, and almost always say no. `_judged.sql` decides whether a found name is one of the business's words.
(
    {% include "strip/_marks_its_caller.sql" %}
    OR redaction.holds_name(f.words, {% include "strip/_names.sql" %})
) IS TRUE
