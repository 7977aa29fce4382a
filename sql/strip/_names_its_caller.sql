-- Says whether the retained texts of a row have its own caller's number, address or full name, or a card number or a
-- social security number. Over the alias `a`, which has `initial` and `other_names` too, and `f`, the facts of the
-- texts. Cheap tests come first, and almost always say no. `_judged.sql` decides whether a found name is one of the
-- business's words.
(
    {% include "strip/_marks_its_caller.sql" %}
    OR (
        CASE WHEN a.initial ~ '^[A-Za-z0-9]{3}$'
             THEN strpos(f.squeezed, lower(a.initial COLLATE "C")) > 0
                 -- Not every form of a name has a title or a particle.
                 OR lower(a.initial COLLATE "C") = ANY (CAST('{ {{- alphabet().name_beginnings -}} }' AS text[]))
                 OR {% include "strip/_in_other_script.sql" %}
             -- A row without a first name may have others.
             ELSE a.initial IS NOT NULL OR a.other_names IS NOT NULL END
        AND redaction.holds_name(f.words, {% include "strip/_looked_for_names.sql" %})
    )
) IS TRUE
