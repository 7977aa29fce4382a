-- Do the retained texts of a row hold its own caller's number, address or full name, or the number of a card or a social
-- security number? Over the alias `a`, which has `initial` and `other_names` too, and `f`, the facts of the texts. What is cheap to ask comes first, and nearly always
-- says no.
(
    f.documented
    OR (f.digits <> '' AND EXISTS (
        SELECT FROM unnest(
            ARRAY[a.contact_key, nullif(a.caller_number, a.contact_key)] || a.contact_keys
        ) AS own (number)
        -- Where a number ends with seven digits, they are the end of what it is looked for by.
        WHERE (strpos(f.digits, right(own.number, 7)) > 0 OR right(own.number, 7) ~ '[^0-9]')
          AND strpos(f.digits, redaction.read_number(CASE WHEN own.number !~ '^[^+0-9]*[^@+0-9]+@' THEN own.number END)) > 0
    ))
    OR (f.mailed AND EXISTS (
        SELECT FROM unnest(a.emails) AS own (address)
        WHERE strpos(own.address, '@') > 1 AND strpos(f.words, redaction.fold_text(own.address)) > 0
    ))
    OR (
        CASE WHEN a.initial ~ '^[A-Za-z0-9]{3}$' THEN strpos(f.squeezed, lower(a.initial COLLATE "C")) > 0
             -- One that has no first name has others, if any.
             ELSE a.initial IS NOT NULL OR a.other_names IS NOT NULL END
        -- The others are asked only where there is no first name: which rows are compared at all is a matter of samples,
        -- and what is found must not be.
        AND redaction.holds_name(
            f.words, CASE WHEN a.initial <> '' THEN ARRAY[a.caller_name] ELSE a.caller_name || a.other_names END
        )
    )
) IS TRUE
