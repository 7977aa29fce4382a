-- The first three letters of a name, as far as that is found out at little cost: `name` is an expression.
left(translate(left({{ name }}, 9), ' .,''-', ''), 3)
