-- Do the retained texts of a row hold its own caller's number, address or full name, or the number of a card or a social
-- security number? Over the alias `a`, which has `initial` and `other_names` too, and `f`, the facts of the texts. What is
-- cheap to ask comes first, and nearly always says no. Whether a name that is found is one of the business's words is for
-- `_judged.sql`.
(
    {% include "strip/_marks_its_caller.sql" %}
    OR (
        CASE WHEN a.initial ~ '^[A-Za-z0-9]{3}$'
             THEN strpos(f.squeezed, lower(a.initial COLLATE "C")) > 0
                 -- A title or a particle is not in every form of a name.
                 OR lower(a.initial COLLATE "C") = ANY (CAST('{ {{- alphabet().name_beginnings -}} }' AS text[]))
             -- One that has no first name has others, if any.
             ELSE a.initial IS NOT NULL OR a.other_names IS NOT NULL END
        AND redaction.holds_name(f.words, {% include "strip/_looked_for_names.sql" %})
    )
) IS TRUE
