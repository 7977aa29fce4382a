-- The first three letters of the first word of a name, if they are cheap to find, in any order of its words and with
-- any form of it; an ampersand for a name that may name several people, or begins with a label. `name` is an expression.
-- The first pattern, and what the first letters are compared with, are only there because they are fast.
{% set word = "split_part(ltrim(translate(" ~ name ~ ", '.,''-', '    '), ' '), ' ', 1)" %}
CASE WHEN {{ name }} ~ '{{ alphabet().maybe_several }}'
          AND ({{ name }} ~* '{{ alphabet().between_people }}' OR {{ name }} ~ '{{ alphabet().full_before_full }}') THEN '&'
     WHEN (left({{ name }}, 3) = ANY (CAST('{ {{- alphabet().label_beginnings -}} }' AS text[])) OR (
              (ascii({{ name }}) < 65 OR ascii({{ name }}) BETWEEN 91 AND 96 OR ascii({{ name }}) BETWEEN 123 AND 126)
              AND {{ name }} ~ '^[ -@[-`{-~]+[^ -@[-`{-~]'
          )) AND (lower({{ word }} COLLATE "C") = ANY (CAST('{ {{- alphabet().name_labels -}} }' AS text[])) OR {{ word }} ~ '[^A-Za-z]') THEN '&'
     ELSE left(split_part(ltrim(translate(left({{ name }}, 9), '.,''-', '    '), ' '), ' ', 1), 3) END
