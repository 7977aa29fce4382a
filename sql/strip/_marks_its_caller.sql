-- Says whether the retained texts of a row have its own caller's number or address, or a card number or a social
-- security number. Over the alias `a` and `f`, the facts of the texts.
(
    -- The words without separators come after those with them, and begin without a space.
    (f.documented AND (a.tracking_number IS NULL OR redaction.has_document(
        regexp_replace(f.words, '(^|\n)[^ \n][^\n]*', '\1', 'g'), redaction.number_spellings(a.tracking_number)
    )))
    OR (f.digits <> '' AND EXISTS (
        SELECT FROM unnest(
            ARRAY[a.contact_key, nullif(a.caller_number, a.contact_key)] || a.contact_keys
            || ARRAY(SELECT n.value #>> '{}' FROM jsonb_path_query(a.caller_numbers, '$.* ? (@.type() == "string" || @.type() == "number")') AS n (value))
        ) AS own (number)
        -- If a number ends with seven digits, the last six are the end of each spelling.
        WHERE (strpos(f.digits, right(own.number, 6)) > 0 OR right(own.number, 7) ~ '[^0-9]')
          AND EXISTS (
              SELECT FROM unnest(redaction.number_spellings(CASE WHEN own.number !~ '^[^+0-9]*[^@+0-9]+@' THEN own.number END)) AS s (digits)
              WHERE strpos(f.digits, s.digits) > 0
          )
    ))
    OR (f.mailed AND EXISTS (
        SELECT FROM unnest(ARRAY[a.contact_key] || a.contact_keys || redaction.addresses_in(a.emails)) AS own (address)
        WHERE strpos(own.address, '@') > 1 AND strpos(f.words, redaction.fold_text(own.address)) > 0
    ))
) IS TRUE
