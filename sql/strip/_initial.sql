-- The first three letters of the first word of a name, if they are cheap to find, in any order of its words and with
-- any form of it: `name` is an expression.
left(split_part(ltrim(translate(left({{ name }}, 9), '.,''-', '    '), ' '), ' ', 1), 3)
