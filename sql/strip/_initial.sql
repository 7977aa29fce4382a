-- The first three letters of the first word of a name, if they are cheap to find, in any order of its words and with
-- any form of it; an ampersand for a name that may name several people. `name` is an expression. The first pattern is
-- only there because it is fast.
CASE WHEN {{ name }} ~ '{{ alphabet().maybe_several }}'
          AND ({{ name }} ~* '{{ alphabet().between_people }}' OR {{ name }} ~ '{{ alphabet().full_before_full }}') THEN '&'
     ELSE left(split_part(ltrim(translate(left({{ name }}, 9), '.,''-', '    '), ' '), ' ', 1), 3) END
